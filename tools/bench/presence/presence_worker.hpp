// One process of the presence workload's load, less urgent than hosts and whoever is measured beside it.
// It is told what to do by lines on its standard input and answers by lines:
//   host URL                       clients are spread over these, by their numbers
//   people COUNT WATCHED           how many there are in all, and how many each watches
//   person ID                      one after the other, all of them
//   client NUMBER TOKEN            one of them is a client of this process
//   come SECONDS even|all          these connect, spread evenly over the time, and subscribe
//                         -> back HISTOGRAM RETRIES        the last has its hello; times from its turn
//   leave                 -> gone                          the even ones' sockets are closed at once
//   wrong even|none       -> wrong COUNT                   what is seen otherwise than it is, while the
//                                                          even ones or none of them are away
//   sum                   -> sum EVENTS TOLD MOST          presence events, users in them, and the most
//                                                          that one connection got in a second
// It ends with its standard input.
#pragma once

namespace carillon::bench {

int run_presence_worker();

}  // namespace carillon::bench
