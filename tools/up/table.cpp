#include "tools/up/table.hpp"

#include <algorithm>
#include <cstdio>

namespace carillon::up {
namespace {

// A host that started again counts from 0: nothing is said about that moment.
std::string per_second(std::uint64_t now, std::uint64_t before, std::chrono::milliseconds elapsed) {
  if (now < before || elapsed.count() <= 0)
    return "-";
  return std::to_string((now - before) * 1000 / static_cast<std::uint64_t>(elapsed.count()));
}

std::string line(const std::string& host, const std::string& url, const std::string& state,
                 const std::string& leads, const std::string& sessions, const std::string& posts,
                 const std::string& deliveries, const std::string& starts) {
  char text[512];
  std::snprintf(text, sizeof text, "%-12s %-28s %8s %9s %8s %13s %7s  %s\n", host.c_str(),
                url.c_str(), leads.c_str(), sessions.c_str(), posts.c_str(), deliveries.c_str(),
                starts.c_str(), state.c_str());
  return text;
}

} // namespace

std::string state_of(const host_row& row) {
  if (!row.runs)
    return "down";
  if (!row.now.answers)
    return "starting";
  return row.now.well ? "serving" : "not well: " + row.now.reason;
}

std::string render(const std::vector<host_row>& rows, std::chrono::milliseconds elapsed) {
  std::string out = line("host", "url", "state", "leads", "sessions", "posts/s", "deliveries/s",
                         "starts");
  for (const host_row& row : rows) {
    bool known = row.runs && row.now.answers;
    bool twice = known && row.before.answers;
    out += line(row.name, row.url, state_of(row),
                known ? std::to_string(row.now.leads.size()) : "-",
                known ? std::to_string(row.now.sessions) : "-",
                twice ? per_second(row.now.posts, row.before.posts, elapsed) : "-",
                twice ? per_second(row.now.deliveries, row.before.deliveries, elapsed) : "-",
                std::to_string(row.starts));
  }
  return out;
}

} // namespace carillon::up
