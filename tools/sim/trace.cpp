#include "tools/sim/trace.hpp"

#include <iomanip>

namespace carillon::sim {

void trace::print(sim_time when, std::string_view what, std::uint64_t a, std::uint64_t b,
                  std::uint64_t c, std::uint64_t d) {
  *to_ << std::setw(4) << when / second << '.' << std::setw(6) << std::setfill('0')
       << when % second << std::setfill(' ') << "  " << what << ' ' << a << ' ' << b << ' ' << c
       << ' ' << d << '\n';
}

}  // namespace carillon::sim
