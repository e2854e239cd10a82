// One process of a storm's load: descriptors per process are limited, so clients are spread over
// several. Less urgent (nice) than hosts and whoever is measured beside it. It is told what to do by lines on its standard input and answers by lines:
//   host URL                         clients are spread over these, in turn
//   client TOKEN CHANNEL             one more client
//   come                    -> back HISTOGRAM MISSED RETRIES
//                                    all connect (again) at once; answered when the last one is back
//                                    and has what it missed; times count from the order
//   break                   -> broken            every socket is closed at once
//   sum                     -> sum DELIVERED GAPS
// It ends with its standard input.
#pragma once

namespace carillon::bench {

int run_storm_worker();

} // namespace carillon::bench
