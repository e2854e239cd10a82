#include "tools/bench/meter.hpp"
#include "tools/bench/poster.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::seconds warm_up{2};

} // namespace

report run_durable(const load_options& how) {
  target host(how.host);
  client::event_loop loop;
  auto workers = client::hire(loop, host.where(), host.admin_token(), how.posters, "durable");
  client::api_client owner(loop, host.where(), workers.at(0).token);
  std::vector<std::string> channels;
  for (std::size_t i = 0; i < how.channels; ++i)
    channels.push_back(client::create_channel(owner, "durable-" + std::to_string(i)));
  std::vector<client::api_call> joins;
  for (std::size_t i = 0; i < workers.size(); ++i)
    joins.push_back(
        {"conversations.join", workers[i].token, {{"channel", channels[i % channels.size()]}}});
  client::call_all(loop, host.where(), joins);

  post_tally tally;
  std::vector<std::unique_ptr<poster>> posters;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    posters.push_back(std::make_unique<poster>(
        loop, host.where(i), workers[i], channels[i % channels.size()], how.text_bytes, tally));
    posters.back()->start();
  }
  loop.run_for(warm_up);

  tally.measuring = true;
  std::uint64_t acks_before = tally.acknowledged;
  meter measured(host);
  loop.run_for(how.duration);
  meter::reading took = measured.read();
  double acks = static_cast<double>(tally.acknowledged - acks_before);
  stop_posting(loop, tally);
  if (tally.refused + tally.lost > 0)
    throw client::client_error(std::to_string(tally.refused) + " posts refused, " +
                               std::to_string(tally.lost) + " lost; first: " + tally.first_refusal);

  report out{"durable", {}};
  out.add("hosts", static_cast<double>(how.host.hosts), "");
  out.add("posters", static_cast<double>(how.posters), "");
  out.add("channels", static_cast<double>(how.channels), "");
  out.add("acknowledged_per_second", acks / took.seconds, "1/s");
  out.add_latency("latency", tally.latency);
  took.add_to(out, "post", acks, 1);
  out.add("refused", static_cast<double>(tally.refused), "");
  return out;
}

} // namespace carillon::bench
