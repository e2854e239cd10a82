#include "tools/bench/actor_times.hpp"

#include <cstdlib>

namespace carillon::bench {
namespace {

constexpr std::string_view begins = "carillon_handler_seconds_sum{";
constexpr std::string_view kind_mark = "actor=\"";

} // namespace

std::map<std::string, double> actor_times(std::string_view page) {
  std::map<std::string, double> out;
  while (!page.empty()) {
    const std::size_t end = std::min(page.find('\n'), page.size());
    const std::string_view line = page.substr(0, end);
    page.remove_prefix(std::min(end + 1, page.size()));
    if (!line.starts_with(begins))
      continue;
    const std::size_t kind = line.find(kind_mark);
    const std::size_t value = line.rfind(' ');
    if (kind == std::string_view::npos || value == std::string_view::npos)
      continue;
    const std::size_t name = kind + kind_mark.size();
    out[std::string(line.substr(name, line.find('"', name) - name))] +=
        std::strtod(std::string(line.substr(value + 1)).c_str(), nullptr);
  }
  return out;
}

} // namespace carillon::bench
