#include "actors/inspect/clocks.hpp"

#include <algorithm>

namespace carillon {
namespace {

constexpr std::int64_t unknown = INT64_MAX / 4;  // two of them can be added

}  // namespace

host_clocks::host_clocks(std::size_t hosts) : most_(hosts, std::vector<std::int64_t>(hosts, unknown)) {
  for (std::size_t i = 0; i < hosts; ++i)
    most_[i][i] = 0;
}

// Every path that goes through the new bound.
void host_clocks::tighten(bounds& of, std::size_t a, std::size_t b, std::int64_t most) {
  if (most >= of[a][b])
    return;
  const bounds old = of;
  for (std::size_t from = 0; from < of.size(); ++from)
    for (std::size_t to = 0; to < of.size(); ++to)
      if (old[from][a] < unknown && old[b][to] < unknown)
        of[from][to] = std::min(of[from][to], old[from][a] + most + old[b][to]);
}

bool host_clocks::before(std::size_t a, std::uint64_t a_at, std::size_t b, std::uint64_t b_at) {
  const auto most = static_cast<std::int64_t>(b_at - a_at);
  if (a == b)
    return most >= 0;
  if (most_[b][a] < unknown && most < -most_[b][a])
    return false;
  tighten(most_, a, b, most);
  return true;
}

std::vector<host_clocks::offset> host_clocks::offsets() const {
  std::vector<offset> out(most_.size());
  if (out.empty())
    return out;
  out[0].exact_to = 0;
  bounds now = most_;  // what is left once the clocks before are chosen
  for (std::size_t host = 1; host < out.size(); ++host) {
    const std::int64_t high = now[0][host];
    const std::int64_t low = now[host][0] < unknown ? -now[host][0] : -unknown;
    std::int64_t& ahead = out[host].ahead;
    if (low > 0 || high < 0) {
      if (low > -unknown && high < unknown)
        ahead = low + (high - low) / 2;
      else
        ahead = low > 0 ? low : high;
    }
    // Of the doubt, that of before the others were chosen.
    if (most_[0][host] < unknown && most_[host][0] < unknown)
      out[host].exact_to =
          static_cast<std::uint64_t>(std::max(most_[0][host] - ahead, ahead + most_[host][0]));
    tighten(now, 0, host, ahead);
    tighten(now, host, 0, -ahead);
  }
  return out;
}

}  // namespace carillon
