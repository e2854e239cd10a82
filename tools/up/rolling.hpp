// `carillon up FILE --rolling`: gives every host of a cluster that `carillon up` runs on this machine
// another program, one after the other, while its clients go on. The decisions are roll_plan's; this looks,
// carries them out and tells. Ended at any moment, the same command goes on where it stood.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

namespace carillon::up {

struct rolling {
  std::string file;                     // with [[cluster.hosts]]
  std::string program;                  // empty: carillond beside us
  bool without_rest = false;            // hosts are only ended, as for a ring that has no words
  std::chrono::seconds patience{300};   // for one thing that it waits for
};

// The exit code. Throws client_error when the file is wrong.
int roll(const rolling& how, std::ostream& out, std::ostream& err);

}  // namespace carillon::up
