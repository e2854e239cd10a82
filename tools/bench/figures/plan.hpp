// The runs of `carillon bench all`: each is one command of its own. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carillon::bench {

struct planned_run {
  std::string_view name;
  std::string_view words; // after "carillon bench"
  std::string_view quick; // the same with tiny numbers: what it looks like, and not what is fast
};
const std::vector<planned_run>& plan();
// What every quick run has besides.
inline constexpr std::string_view quick_words =
    "--seconds 0.2 --warm-up 0.1 --rounds 2 --raw-seconds 0.05";

std::vector<std::string> split_at_blanks(std::string_view line);

} // namespace carillon::bench
