#include "tools/bench/deliveries.hpp"

namespace carillon::bench {
namespace {

constexpr std::uint64_t other_files = 512; // posters, pipes, raw sockets of posters

} // namespace

report run_fanout(const load_options& how) {
  allow_open_files(2 * how.subscribers + 2 * how.in_flight + other_files);
  target hosts(how.host);
  client::event_loop loop;
  population all = settle(loop, hosts, how.subscribers, 1, how.subscribers);
  report first{"fanout", {}, {}};
  first.add("subscribers", static_cast<double>(how.subscribers), "");
  first.add("in_flight", static_cast<double>(how.in_flight), "");
  return measure_deliveries(loop, hosts, all, how, std::move(first));
}

report run_groups(const load_options& how) {
  allow_open_files(2 * how.subscribers + 2 * how.in_flight + other_files);
  target hosts(how.host);
  client::event_loop loop;
  std::size_t people = std::max(how.subscribers, how.members);
  population all = settle(loop, hosts, people, how.channels, how.members);
  report first{"groups", {}, {}};
  first.add("channels", static_cast<double>(how.channels), "");
  first.add("members_of_each", static_cast<double>(how.members), "");
  first.add("subscribers", static_cast<double>(people), "");
  first.add("in_flight", static_cast<double>(how.in_flight), "");
  return measure_deliveries(loop, hosts, all, how, std::move(first));
}

} // namespace carillon::bench
