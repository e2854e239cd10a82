/* What the model's hosts know and keep. One slot, three hosts, indexes and terms from 1; hosts are
   0..2, and host + 1 where 0 means nobody. The story begins in term 1, which host 0 leads with an
   empty log: its own first entry is applied everywhere and trimmed. */

#define HOSTS 3
#if CALM
bit calm;               /* faults have stopped: nothing more is lost, and one more term may be needed */
#define FAULTS (!calm)
#define TERMS_NOW (TERMS + calm)
#define TERMS_MAX (TERMS + 1)
#define LOG (TERMS_MAX + ASKS)
#else
#define FAULTS true
#define TERMS_NOW TERMS
#define TERMS_MAX TERMS
#define LOG (TERMS - 1 + ASKS)  /* a noop for each later leader, an entry for each question */
#endif

/* An entry: whose term, which post (0: a noop), which seq the post was given. */
#define ENTRY(term, post, seq) ((term) * 16 + (post) * 4 + (seq))
#define TERM_OF(entry) ((entry) >> 4)
#define POST_OF(entry) (((entry) >> 2) & 3)
#define SEQ_OF(entry) ((entry) & 3)

typedef entries { byte at[LOG + 1]; byte last };

/* -- what a host has -- */
entries log[HOSTS];
#define AT(h, k) log[h].at[k]  /* entry number k, or 0 */
#define LAST_TERM(h) TERM_OF(log[h].at[log[h].last])
byte disk[HOSTS];       /* its log is on disk up to here; the rest goes with a crash */
byte term[HOSTS] = 1;   /* on disk before anything that depends on it leaves (figure 3.1) */
byte vote[HOSTS];       /* the same; host + 1 */
byte commit[HOSTS];     /* known to be committed, and applied to its tables */

bit leads[HOSTS];
byte first_own[HOSTS];  /* leader: the noop it began with */
byte handing_to[HOSTS]; /* leader: host + 1 that is to take over */
typedef marks { byte by[HOSTS] };
marks match[HOSTS];     /* leader: what the others said they have on disk */

/* -- the channel actor, where the slot is led -- */
bit awake[HOSTS];
byte last_seq[HOSTS];   /* runs ahead: of everything proposed */
byte recent[HOSTS];     /* one bit for each post proposed in this life, and not in the tables */

/* -- the network: what the leader of each term said. Appends arrive late, twice, in any order or
      never; a leader's log only grows in its term, so each append is a part of this. -- */
entries said[TERMS_MAX + 1];
byte said_commit[TERMS_MAX + 1];
byte leader_of[TERMS_MAX + 1];  /* host + 1 */

/* -- questions: each is on its way from the beginning, and arrives when and where it will -- */
#define ON_ITS_WAY 0
#define OPEN 1          /* proposed at asked_at[q], to be answered with its commit */
#define OVER 2
byte fate[ASKS + 1];
byte asked_at[ASKS + 1];  /* host + 1 */
#if ASKS == POSTS
#define POST_ASKED(q) (q)
#else
#define POST_ASKED(q) ((q) < 3 -> 1 : 2)  /* 1 and 2: the first attempt and a retry, with one key */
#endif
#if RESTARTS
#define PROCESS_OF(q) ((q) - 1)  /* each is question number 1 of a process of its own */
byte process;                    /* the incarnation of the asking host that is there now */
#define IS_ASKED(q) (PROCESS_OF(q) <= process)
#elif CALM
#define IS_ASKED(q) (q < ASKS || calm)  /* the last one, again and again until it is answered */
#else
#define IS_ASKED(q) true
#endif
#if READS
byte reader_at;         /* host + 1 that was asked for the history */
byte read_index;
byte confirmed_by;      /* one bit for each that still follows it */
byte must_see;          /* the highest seq that was acknowledged before */
#endif

/* -- what the world saw -- */
entries history;        /* what was committed, by whoever was first to know */
byte acknowledged[POSTS + 1];  /* the seq that the poster was told; 0: nothing */

/* The invariants of DESIGN.md, section 1. They are never true: assert(validity) says which one broke. */
hidden byte validity, integrity, total_order, durability, single_owner;
hidden byte i, k, n, m, p, s, w;  /* scratch inside a step */
