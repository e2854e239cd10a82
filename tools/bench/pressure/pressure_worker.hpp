// The process that presses on hosts: apart from the one that measures how others fare, and less urgent
// (nice), so that it takes the processor from nobody who is measured. It is told what to do by lines on
// its standard input and answers each with one line, when it is done:
//   host URL                       may be said several times; clients are spread over them
//   reader TOKEN CHANNEL           one more slow reader
//   line TOKEN CHANNEL             one more connection that posts there
//   connect             -> connected
//   stall BYTES KERNEL  -> stalling       readers stop; they read BYTES each second (0: nothing)
//   post RATE TEXT IGN  -> posting        RATE 0: 512 closed loops; IGN 1: refusals are ignored
//   rest                -> rested ACCEPTED REFUSED LOST UNSENT TOLD_WHEN FIRST_REFUSAL
//                                         no more posts; answered when none is on the way
//   read                -> read OPEN CLOSED_4008 CLOSED_ELSE MISSED NOTICES BEHIND
//                                         readers read on; answered when all have everything, or ended,
//                                         or after half a minute
//   judge               -> judged POSTS LOST REPEATED REORDERED GAPS INVENTED FIRST_SENTENCE
// What it cannot do it says as "failed WORDS". It ends with its standard input.
#pragma once

namespace carillon::bench {

int run_pressure_worker();

} // namespace carillon::bench
