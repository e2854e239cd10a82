// What a host's /metrics say while it is pressed: of several pages, the lines that name what is going
// on. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::bench {

class metric_watch {
public:
  // A page as a host answers it. The first one is what later ones are compared with.
  void see(std::string_view page);

  // One line for each metric that has to do with pressure and is not 0: of what counts up
  // (..._total) how much it rose since the first page, of the rest the most that any page said.
  // Sorted by name.
  std::vector<std::string> lines() const;

  std::size_t pages() const { return pages_; }

private:
  struct seen {
    double first = 0;
    double most = 0;
  };
  std::map<std::string, seen, std::less<>> values_; // by name and labels
  std::size_t pages_ = 0;
};

// Whether a metric of that name (labels may follow) has to do with pressure.
bool names_pressure(std::string_view metric);

} // namespace carillon::bench
