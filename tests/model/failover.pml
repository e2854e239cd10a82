/* Who may serve a slot, and when: Carillon's move-and-failover protocol around Raft. README.md says
   what is in this model and what is not; check.sh runs it. */
#include "state.pml"
#include "checks.pml"
#include "channel.pml"
#include "raft.pml"

/* What is printed is for `check.sh show`; and a d_step may not end with a loop. */
#define STEP(when, what) d_step { when -> what; printf("%d: ", _pid - 1); printf(#what); printf("\n") }
#define HEAR_TERM(t) \
  :: STEP(CAN_HEAR(me, t), hear(me, t)) \
  :: STEP(CAN_LEARN(me, t), learn(me, t))
#define QUESTION(q) :: STEP(CAN_TAKE(me, q), take(me, q))

proctype host(byte me; byte one; byte two) {
  do
  /* -- who leads -- */
  :: STEP(FAULTS && CAN_WIN(me, one, false), elect(me, one))  /* its patience was over */
  :: STEP(FAULTS && CAN_WIN(me, two, false), elect(me, two))
#if CALM && !defined(NOBODY_IS_NOMINATED)
  :: STEP(calm && NOBODY_LEADS && CAN_WIN(me, one, true), elect(me, one))
  :: STEP(calm && NOBODY_LEADS && CAN_WIN(me, two, true), elect(me, two))
#endif
#if HANDOVER
  :: STEP(NOMINATED(me, one), elect(me, one))
  :: STEP(NOMINATED(me, two), elect(me, two))
#ifdef NOMINEES_LEAD_AT_ONCE
  :: STEP(IS_NAMED_LEADER(me), lead_at_once(me))
#endif
  :: STEP(CAN_HAND_OVER(me, one), handing_to[me] = one + 1)
  :: STEP(CAN_HAND_OVER(me, two), handing_to[me] = two + 1)
  :: STEP(handing_to[me] != 0, handing_to[me] = 0)  /* it was not taken over in time */
  :: STEP(HANDED_OVER(me, one), elect(me, one))
  :: STEP(HANDED_OVER(me, two), elect(me, two))
#endif
  :: STEP(FAULTS, crash(me))
  /* -- what is in the log -- */
  HEAR_TERM(1)
  HEAR_TERM(2)
#if TERMS_MAX > 2
  HEAR_TERM(3)
#endif
#if TERMS_MAX > 3
  HEAR_TERM(4)
#endif
  :: STEP(CAN_COUNT(me), count(me))
  /* -- what it answers -- */
  QUESTION(1)
#if ASKS > 1
  QUESTION(2)
#endif
#if ASKS > 2
  QUESTION(3)
#endif
#if READS
  :: STEP(reader_at == 0 && ANSWERS_READERS(me), ask_history(me))
  :: STEP(CAN_CONFIRM(me), confirm(me))
  :: STEP(CAN_TELL(me), tell_history(me))
#endif
  od
}

#if RESTARTS
proctype asking_host() { STEP(process == 0, process = 1) }
#endif
#if CALM
proctype calm_comes() {
  STEP(true, calm = 1);
  do
  :: STEP(fate[ASKS] == OVER && acknowledged[1] == 0, fate[ASKS] = ON_ITS_WAY)  /* it asks again */
  od
}
/* No fairness is asked for: whatever a host does in calm brings it nearer. */
ltl answered_in_the_end { [] (calm -> <> (acknowledged[1] != 0)) }
#endif

init {
  d_step { leads[0] = 1; leader_of[1] = 1 }
  atomic {
    run host(0, 1, 2); run host(1, 2, 0); run host(2, 0, 1);
#if RESTARTS
    run asking_host();
#endif
#if CALM
    run calm_comes();
#endif
    skip
  }
}
