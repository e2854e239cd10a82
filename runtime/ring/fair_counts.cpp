#include "runtime/ring/fair_counts.hpp"

#include <algorithm>
#include <numeric>

#include "runtime/base/ensure.hpp"

namespace carillon {

std::vector<fair_count> fair_counts(const std::vector<share>& shares, std::uint64_t total,
                                    std::uint32_t cap) {
  ENSURE(total <= std::uint64_t{cap} * shares.size(), "there is room for every place");
  std::vector<fair_count> out(shares.size());
  std::vector<bool> full(shares.size(), false);
  std::uint64_t weight = 0;
  for (const share& s : shares)
    weight += s.weight;

  // A host whose share is above the cap gets the cap, and the others share what is left: which may
  // lift the next one above it, so until nobody is.
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < shares.size(); ++i)
      if (!full[i] && total * shares[i].weight > std::uint64_t{cap} * weight) {
        full[i] = again = true;
        out[i] = {cap, cap, cap};
        total -= cap;
        weight -= shares[i].weight;
        break;  // the others' shares have changed
      }
  }

  std::uint64_t given = 0;
  std::vector<std::size_t> uneven;  // hosts whose share has a fraction: they may get one more
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (full[i])
      continue;
    std::uint64_t exact = total * shares[i].weight;
    auto low = static_cast<std::uint32_t>(exact / weight);
    out[i] = {low, low, exact % weight == 0 ? low : low + 1};
    given += low;
    if (exact % weight != 0)
      uneven.push_back(i);
  }
  std::sort(uneven.begin(), uneven.end(), [&](std::size_t a, std::size_t b) {
    bool keeps_a = shares[a].has > out[a].low;
    bool keeps_b = shares[b].has > out[b].low;
    if (keeps_a != keeps_b)
      return keeps_a;
    std::uint64_t rest_a = total * shares[a].weight % weight;
    std::uint64_t rest_b = total * shares[b].weight % weight;
    if (rest_a != rest_b)
      return rest_a > rest_b;
    return shares[a].score > shares[b].score;
  });
  ENSURE(total - given <= uneven.size(), "fractions add up to what rounding down left");
  for (std::size_t k = 0; k < total - given; ++k)
    ++out[uneven[k]].count;
  return out;
}

}  // namespace carillon
