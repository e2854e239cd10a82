/* Raft's rules as runtime/raft/ has them, each with its section of Ongaro's dissertation. What cannot
   be told apart from a message that is lost or late has no step of its own: a pre-vote, a refused
   vote, a candidate that nobody elects, a voter that hears its leader and ignores others. */

/* Leadership is over, and with it what only a leader has (slot_actor::stop_serving). */
inline forget_leadership(h) {
  leads[h] = 0; first_own[h] = 0; handing_to[h] = 0;
  match[h].by[0] = 0; match[h].by[1] = 0; match[h].by[2] = 0;
#ifndef KEEPS_MEMORY
  awake[h] = 0; last_seq[h] = 0; recent[h] = 0;
#endif
  for (w : 1 .. ASKS) {
    if :: fate[w] == OPEN && asked_at[w] == h + 1 -> fate[w] = OVER; asked_at[w] = 0 :: else fi
  }
#if READS
  if :: reader_at == h + 1 -> end_read() :: else fi
#endif
}

inline enter_term(h, t) { term[h] = t; vote[h] = 0; forget_leadership(h); tidy() }

/* What was said in a term that everyone has left is heard by nobody: forgotten, to have fewer states. */
inline tidy() {
  m = (term[0] < term[1] -> term[0] : term[1]);
  m = (term[2] < m -> term[2] : m);
  for (n : 1 .. m - 1) {
    for (i : 1 .. LOG) { said[n].at[i] = 0 }
    said[n].last = 0; said_commit[n] = 0; leader_of[n] = 0
  }
}

/* Section 3.6.1: only a log at least as up to date. `force` is what a nomination or a hand-over adds:
   a voter that hears a leader answers all the same (4.2.3), by the same rule. */
#define LONGER(c, h) (LAST_TERM(c) > LAST_TERM(h) || \
  (LAST_TERM(c) == LAST_TERM(h) && log[c].last >= log[h].last))
#if defined(ELECTS_SHORT_LOGS)
#define UP_TO_DATE(c, h, force) true
#elif defined(FORCE_SKIPS_LOG_CHECK)
#define UP_TO_DATE(c, h, force) (force || LONGER(c, h))
#else
#define UP_TO_DATE(c, h, force) LONGER(c, h)
#endif
/* Figure 3.1: one vote a term. */
#ifdef VOTES_TWICE
#define FREE_TO_VOTE(h) true
#else
#define FREE_TO_VOTE(h) (vote[h] == 0)
#endif
/* The first term of a campaign of c, that of now or one of the next, in which h could elect it. */
#define NEXT_TERM(c, h) (term[c] >= term[h] -> term[c] + 1 : \
  (FREE_TO_VOTE(h) -> term[h] : term[h] + 1))
#define CAN_WIN(c, h, force) (c != h && !leads[c] && UP_TO_DATE(c, h, force) && \
  NEXT_TERM(c, h) <= TERMS_NOW)

/* Section 3.4: c campaigns, h elects it, and of three that is a majority. Both votes are on disk
   before they count, and so is all that either had taken in before. */
inline elect(c, h) {
  k = NEXT_TERM(c, h);
  enter_term(c, k);
  vote[c] = c + 1; disk[c] = log[c].last;
  if :: term[h] < k -> enter_term(h, k) :: else fi;
  vote[h] = c + 1; disk[h] = log[h].last;
  take_the_lead(c)
}

/* Section 6.4: it begins with an entry of its own, which leaves at once, beside its own disk (10.2.1). */
inline take_the_lead(h) {
  if :: leader_of[term[h]] == 0 :: else -> assert(single_owner) fi;
  check_leader(h);
  leads[h] = 1;
  leader_of[term[h]] = h + 1;
  for (i : 1 .. log[h].last) { said[term[h]].at[i] = AT(h, i) }
  said[term[h]].last = log[h].last;
  said_commit[term[h]] = commit[h];
  first_own[h] = log[h].last + 1;
#ifndef BEGINS_WITHOUT_ENTRY
  append(h, ENTRY(term[h], 0, 0))
#endif
}

inline append(h, what) {
  log[h].last++;
  AT(h, log[h].last) = what;
  said[term[h]].at[log[h].last] = what;
  said[term[h]].last = log[h].last
}

#if CALM
/* Nobody leads in the newest term: then, and only then, somebody is nominated or runs out of patience. */
#define IS_NEWEST(h) (term[h] >= term[0] && term[h] >= term[1] && term[h] >= term[2])
#define LEADS_ALL(h) (leads[h] && IS_NEWEST(h))
#define NOBODY_LEADS (!LEADS_ALL(0) && !LEADS_ALL(1) && !LEADS_ALL(2))
#endif

#if HANDOVER
/* The ring actor names any replica, by a view of any generation: it may be deaf itself, or deposed. A
   nomination under an older term than the replica's is ignored (replica::nominate). */
#define LED_SINCE(h, t) (term[h] <= t && leader_of[t] != 0)
#define CAN_NOMINATE(c) (LED_SINCE(c, TERMS) || LED_SINCE(c, TERMS - 1) || LED_SINCE(c, 1))
#define NOMINATED(c, h) (CAN_NOMINATE(c) && CAN_WIN(c, h, true))
#ifdef NOMINEES_LEAD_AT_ONCE
#define IS_NAMED_LEADER(c) (CAN_NOMINATE(c) && !leads[c] && term[c] < TERMS)
inline lead_at_once(c) { enter_term(c, term[c] + 1); take_the_lead(c) }
#endif

/* Section 3.10: the target has everything, nothing is added meanwhile, and it is told to campaign. */
#define CAN_HAND_OVER(h, to) (leads[h] && h != to && handing_to[h] == 0 && \
  match[h].by[to] == log[h].last)
#define TOLD_BY(c, h) (handing_to[h] == c + 1 && term[c] <= term[h])
#define HANDED_OVER(c, h) ((TOLD_BY(c, 0) || TOLD_BY(c, 1) || TOLD_BY(c, 2)) && CAN_WIN(c, h, true))
#endif

/* The next entry that h lacks of what was said in term t, and the answer to it. A longer append is
   several of these. Its disk comes before its answer; until then the entry might as well be on its
   way. */
#define IN_TERM(h, t) (term[h] <= t && leader_of[t] != 0 && leader_of[t] != h + 1)
/* Section 3.5, log matching: who has the last entry has all before it. */
#define CAN_HEAR(h, t) (IN_TERM(h, t) && AT(h, said[t].last) != said[t].at[said[t].last])
inline hear(h, t) {
  if :: term[h] < t -> enter_term(h, t) :: else fi;
  agree(h, t);
  if
  :: m < said[t].last ->  /* section 3.5: one that differs takes everything after it along */
     for (i : m + 1 .. LOG) { AT(h, i) = 0 }
     m++;
     AT(h, m) = said[t].at[m];
     log[h].last = m;
#ifdef ACKS_UNSYNCED
     disk[h] = (disk[h] < m - 1 -> disk[h] : m - 1);
#endif
  :: else
  fi;
#ifndef ACKS_UNSYNCED
  disk[h] = log[h].last;
#endif
  n = leader_of[t] - 1;
  if :: leads[n] && term[n] == t && match[n].by[h] < m -> match[n].by[h] = m :: else fi;
  check_disks()
}

/* m = how far the log of h is what was said in term t. */
inline agree(h, t) {
  m = 0;
  do
  :: m < said[t].last && m < log[h].last && AT(h, m + 1) == said[t].at[m + 1] -> m++
  :: else -> break
  od
}

/* An append says what is committed, too; of that counts what agrees and is on disk. */
#define CAN_LEARN(h, t) (IN_TERM(h, t) && said_commit[t] > commit[h] && disk[h] > commit[h] && \
  AT(h, commit[h] + 1) == said[t].at[commit[h] + 1])
inline learn(h, t) {
  if :: term[h] < t -> enter_term(h, t) :: else fi;
  agree(h, t);
  m = (said_commit[t] < m -> said_commit[t] : m);
  m = (disk[h] < m -> disk[h] : m);
  commit_up_to(h, m)
}

/* Section 3.6.2: what a majority has on disk is committed, if it is of the own term (figure 3.7). The
   leader counts itself like anybody: what is on its disk. With one more of three that is a majority. */
#define LARGER(a, b) ((a) > (b) -> (a) : (b))
#define MATCHED(h) LARGER(match[h].by[(h + 1) % HOSTS], match[h].by[(h + 2) % HOSTS])
#ifdef COUNTS_OLD_TERMS
#define COUNTS(h, k) true
#else
#define COUNTS(h, k) (TERM_OF(AT(h, k)) == term[h])
#endif
#define CAN_COUNT(h) (leads[h] && (disk[h] < log[h].last || \
  (MATCHED(h) > commit[h] && COUNTS(h, MATCHED(h)))))
inline count(h) {
#ifndef COUNTS_ITSELF_UNSYNCED
  disk[h] = log[h].last;
#endif
  m = MATCHED(h);
  if :: COUNTS(h, m) -> commit_up_to(h, m) :: else fi;
  said_commit[term[h]] = commit[h]
}

inline commit_up_to(h, upto) {
  for (i : commit[h] + 1 .. upto) {
    check_committed(h, i);
    commit[h] = i;
    answer_committed(h, AT(h, i))
  }
}

/* A crash: what was not on disk is gone, and so is all that only memory knew. Where everything is on
   disk this is also what a leader does that hears no majority (check-quorum, section 6.2). */
inline crash(h) {
  for (i : disk[h] + 1 .. LOG) { AT(h, i) = 0 }
  log[h].last = (disk[h] < log[h].last -> disk[h] : log[h].last);
  commit[h] = (commit[h] < log[h].last -> commit[h] : log[h].last);
#ifdef FORGETS_VOTES
  vote[h] = 0;
#endif
  forget_leadership(h);
  check_disks()
}
