#include "tools/bench/listener.hpp"
#include "tools/bench/meter.hpp"
#include "tools/bench/poster.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::seconds warm_up{2};

} // namespace

report run_fanout(const load_options& how) {
  allow_open_files(how.subscribers + how.in_flight + 256);
  target host(how.host);
  client::event_loop loop;
  std::size_t people = std::max(how.subscribers, how.in_flight);
  auto workers = client::hire(loop, host.where(), host.admin_token(), people, "fanout");
  client::api_client owner(loop, host.where(), workers.at(0).token);
  std::string channel = client::create_channel(owner, "fanout");
  client::invite(owner, channel, {workers.begin() + 1, workers.end()});

  delivery_tally deliveries;
  auto listeners =
      connect_all(loop, host.where(),
                  {workers.begin(), workers.begin() + static_cast<std::ptrdiff_t>(how.subscribers)},
                  deliveries);
  post_tally posts;
  std::vector<std::unique_ptr<poster>> posters;
  for (std::size_t i = 0; i < how.in_flight; ++i) {
    posters.push_back(
        std::make_unique<poster>(loop, host.where(), workers[i], channel, how.text_bytes, posts));
    posters.back()->start();
  }
  loop.run_for(warm_up);

  deliveries.measuring = posts.measuring = true;
  std::uint64_t delivered_before = deliveries.delivered;
  std::uint64_t acks_before = posts.acknowledged;
  meter measured(host);
  loop.run_for(how.duration);
  meter::reading took = measured.read();
  double delivered = static_cast<double>(deliveries.delivered - delivered_before);
  double acks = static_cast<double>(posts.acknowledged - acks_before);
  deliveries.measuring = false;
  stop_posting(loop, posts);

  // Nothing may be missing: every post reaches every listener, in order.
  std::uint64_t expected = posts.acknowledged * how.subscribers;
  loop.run_until([&] { return deliveries.delivered >= expected; }, std::chrono::seconds(30));
  if (posts.refused + posts.lost > 0 || deliveries.gaps > 0 || deliveries.delivered != expected)
    throw client::client_error(std::to_string(deliveries.delivered) + " deliveries of " +
                               std::to_string(expected) + ", " + std::to_string(deliveries.gaps) +
                               " gaps, " + std::to_string(posts.refused) +
                               " posts refused; first: " + posts.first_refusal);

  report out{"fanout", {}};
  out.add("subscribers", static_cast<double>(how.subscribers), "");
  out.add("in_flight", static_cast<double>(how.in_flight), "");
  out.add("posts_per_second", acks / took.seconds, "1/s");
  out.add("deliveries_per_second", delivered / took.seconds, "1/s");
  out.add_latency("delivery", deliveries.latency);
  out.add_latency("post", posts.latency);
  took.add_to(out, "delivery", delivered, 3);
  return out;
}

} // namespace carillon::bench
