// How far the clocks of hosts are apart, judged by what must have come before what. Pure; one owner.
//
// Every message bounds the difference of two clocks from one side: it arrives after it was sent. A
// message back bounds it from the other, so that a question and its answer leave as much doubt as
// both were on their way, as in NTP (RFC 5905). All bounds are kept together: what is known of a and
// b, and of b and c, is known of a and c.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace carillon {

class host_clocks {
public:
  explicit host_clocks(std::size_t hosts);

  // What was at `a_at` by the clock of host `a` came before what was at `b_at` by that of `b`.
  // Microseconds. False: it cannot be, by what was said until now, and is left out: a clock was set
  // meanwhile. What is said first counts.
  bool before(std::size_t a, std::uint64_t a_at, std::size_t b, std::uint64_t b_at);

  // Against the clock of host 0. Those that may agree are taken to agree; of what else may be, the
  // middle. However they are chosen, all of before() holds by them.
  struct offset {
    std::int64_t ahead = 0;
    std::optional<std::uint64_t> exact_to;  // to either side; none: nothing is known
  };
  std::vector<offset> offsets() const;

private:
  using bounds = std::vector<std::vector<std::int64_t>>;
  static void tighten(bounds& of, std::size_t a, std::size_t b, std::int64_t most);

  bounds most_;  // [a][b]: the clock of b is ahead of that of a by no more; closed under addition
};

}  // namespace carillon
