/* What answers: a slot's leader and its channel actor (actors/slot, actors/channel/channel_actor.cpp),
   a question with its request key (actors/ask_entity.hpp), and a reader of the history. Whoever does
   not serve answers not_owner: that changes nothing but whom is asked next, and here anyone may be
   asked at any time, whatever a locator or a ring view of any generation believes. */

/* replica::serves(): section 6.4, an entry of its own term is committed and applied. */
#if defined(SERVES_BEFORE_OWN_TERM)
#define SERVES(h) (leads[h])
#else
#define SERVES(h) (leads[h] && commit[h] >= first_own[h])
#endif
/* slot_entities.cpp: an entity wakes up when the tables hold everything that the log does. Two layers
   guard the same thing, so the mutant takes both away. */
#if defined(SERVES_BEFORE_OWN_TERM)
#define MAY_WAKE(h) true
#else
#define MAY_WAKE(h) (commit[h] == log[h].last)
#endif

inline wake(h) {
  last_seq[h] = 0; recent[h] = 0; awake[h] = 1;
  for (i : 1 .. commit[h]) {
    if :: POST_OF(AT(h, i)) != 0 -> last_seq[h]++ :: else fi
  }
}

/* s = the seq of post p in the log of h, up to `upto`; or 0. */
inline find(h, upto) {
  s = 0;
  for (i : 1 .. upto) {
    if :: POST_OF(AT(h, i)) == p -> s = SEQ_OF(AT(h, i)) :: else fi
  }
}

/* channel_actor::post(): a request key that is known is answered as the first time, when that is
   committed; another one gets the next seq and goes into the log. */
#define IS_UNSETTLED(h, p) ((recent[h] & (1 << (p))) != 0)
#if defined(NO_REQUEST_KEY) || defined(ANSWERS_RETRIES_UNSETTLED)
#define MUST_WAIT(h, q) false
#else
#define MUST_WAIT(h, q) IS_UNSETTLED(h, POST_ASKED(q))  /* when_settled() */
#endif
#define CAN_TAKE(h, q) (fate[q] == ON_ITS_WAY && IS_ASKED(q) && SERVES(h) && \
  (awake[h] || MAY_WAKE(h)) && !MUST_WAIT(h, q))
inline take(h, q) {
  if :: !awake[h] -> wake(h) :: else fi;
  p = POST_ASKED(q);
  find(h, commit[h]);
#ifdef FIRST_ATTEMPTS_READ_NO_TABLES
  if :: q != 2 -> s = 0 :: else fi;
#endif
#ifdef NO_REQUEST_KEY
  s = 0;
#endif
#ifdef ANSWERS_RETRIES_UNSETTLED
  if :: IS_UNSETTLED(h, p) -> find(h, log[h].last) :: else fi;
#endif
  if
  :: s != 0 -> fate[q] = OVER; answer(q, s)
  :: else ->
     if
     :: handing_to[h] == 0 && log[h].last < LOG ->
        last_seq[h]++;
        recent[h] = recent[h] | (1 << p);
        append(h, ENTRY(term[h], p, last_seq[h]));
        fate[q] = OPEN; asked_at[q] = h + 1;
#ifdef ANSWERS_BEFORE_COMMIT
        answer(q, last_seq[h])
#endif
     :: else -> fate[q] = OVER  /* section 3.10: nothing is added while leadership is handed over */
     fi
  fi
}

inline answer_committed(h, what) {
#ifndef FIRST_ATTEMPTS_READ_NO_TABLES  /* there all that tables do is done by memory, while it lasts */
  recent[h] = recent[h] & (255 - (1 << POST_OF(what)));
#endif
  for (w : 1 .. ASKS) {
    if
    :: fate[w] == OPEN && asked_at[w] == h + 1 && POST_ASKED(w) == POST_OF(what) ->
       fate[w] = OVER; asked_at[w] = 0;
       answer(w, SEQ_OF(what))
    :: else
    fi
  }
}

/* An answer finds the process that asked (link_state::reply): the next one numbers its questions anew,
   and has another one with this number. */
inline answer(q, seq) {
#if RESTARTS
#ifdef IGNORES_INCARNATION
  acknowledge(POST_ASKED(process + 1), seq)
#else
  if :: PROCESS_OF(q) == process -> acknowledge(POST_ASKED(q), seq) :: else fi
#endif
#else
  acknowledge(POST_ASKED(q), seq)
#endif
}

#if READS
#ifdef SERVES_BY_THE_VIEW  /* host 0 was the preferred leader, in the view that it knows */
#define ANSWERS_READERS(h) (h == 0)
#else
#define ANSWERS_READERS(h) SERVES(h)
#endif
/* Section 6.4: the index is fixed, then a majority says that it follows nobody newer. */
inline ask_history(h) {
  reader_at = h + 1;
  read_index = (commit[h] > first_own[h] -> commit[h] : first_own[h]);
  confirmed_by = 1 << h;
  must_see = 0;
  for (i : 1 .. POSTS) {
    if :: acknowledged[i] > must_see -> must_see = acknowledged[i] :: else fi
  }
}
#define CAN_CONFIRM(h) (reader_at != 0 && reader_at != h + 1 && term[h] <= term[reader_at - 1] && \
  (confirmed_by & (1 << h)) == 0)
inline confirm(h) {
  n = reader_at - 1;
  if :: term[h] < term[n] -> m = term[n]; enter_term(h, m) :: else fi;
  confirmed_by = confirmed_by | (1 << h)
}
#if defined(READS_WITHOUT_ASKING) || defined(SERVES_BY_THE_VIEW)
#define CONFIRMED true
#else
#define CONFIRMED (confirmed_by != 1 << (reader_at - 1))  /* itself and one more of three */
#endif
#define CAN_TELL(h) (reader_at == h + 1 && CONFIRMED && commit[h] >= read_index)
inline tell_history(h) { check_seen(h); end_read() }
inline end_read() { reader_at = 0; read_index = 0; confirmed_by = 0; must_see = 0 }
#endif
