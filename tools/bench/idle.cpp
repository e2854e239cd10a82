#include "tools/bench/listener.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/raw/raw_rounds.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

constexpr std::size_t channels_of_each = 5;
// Sign-ins of one user share its actor, as several devices would; a connection costs the same.
constexpr std::size_t users_max = 1'000;

} // namespace

report run_idle(const load_options& how) {
  allow_open_files(how.connections + 256);
  target host(how.host);
  auto settle_time = how.warm_up * 3 / 2;
  if (!host.usage())
    throw client::client_error("idle measures the host's memory: with --url it needs --pid");
  client::event_loop loop;
  std::size_t people = std::min(how.connections, users_max);
  auto workers = client::hire(loop, host.where(), host.admin_token(), people, run_name());
  client::api_client owner(loop, host.where(), workers.at(0).token);
  for (std::size_t i = 0; i < channels_of_each; ++i) {
    std::string channel = client::create_channel(owner, run_name() + std::to_string(i));
    client::invite(owner, channel, {workers.begin() + 1, workers.end()});
  }
  std::vector<client::worker> users;
  for (std::size_t i = 0; i < how.connections; ++i)
    users.push_back(workers[i % people]);
  double raw = how.raw_duration.count() > 0
                   ? raw_bytes_per_connection(loop, how.connections, host.core())
                   : 0;
  delivery_tally nobody_posts;
  // The first few bring buffers, user actors and tickets into being that serve all later ones.
  std::vector<client::worker> first(users.begin(),
                                    users.begin() + static_cast<std::ptrdiff_t>(people));
  auto warm = connect_all(loop, host.hosts(), first, nobody_posts);
  loop.run_for(settle_time);
  warm.clear();
  loop.run_for(settle_time);

  auto before = *host.usage();
  auto listeners = connect_all(loop, host.hosts(), users, nobody_posts);
  loop.run_for(settle_time);
  auto connected = *host.usage();
  loop.run_for(how.duration);
  auto after = *host.usage();
  for (auto& one : listeners)
    if (one->current() != client::rtm_client::state::ready)
      throw client::client_error("an idle connection ended: " + one->end_words());

  auto per_connection = [&](std::uint64_t now, std::uint64_t then) {
    return (static_cast<double>(now) - static_cast<double>(then)) /
           static_cast<double>(how.connections);
  };
  report out{"idle", {}, {}};
  out.add("connections", static_cast<double>(how.connections), "");
  out.add("users", static_cast<double>(people), "");
  out.add("channels_of_each", static_cast<double>(channels_of_each), "");
  out.add("resident_per_connection",
          per_connection(connected.resident_bytes, before.resident_bytes), "bytes");
  out.add("anonymous_per_connection",
          per_connection(connected.anonymous_bytes, before.anonymous_bytes), "bytes", 0,
          better::lower);
  out.add("resident_without", static_cast<double>(before.resident_bytes) / 1e6, "MB", 1);
  out.add("resident_with", static_cast<double>(connected.resident_bytes) / 1e6, "MB", 1);
  double cores = seconds(after.cpu - connected.cpu) / seconds(how.duration);
  out.add("server_cpu_per_second", cores * 1e3, "ms/s", 2);
  out.add("core_per_10000", cores * 100 * 10'000 / static_cast<double>(how.connections), "%", 3,
          better::lower);
  if (raw > 0) {
    out.add("raw_anonymous_per_connection", raw, "bytes");
    out.add("ratio_to_raw", out.at("anonymous_per_connection") / raw, "", 1, better::lower);
  }
  return out;
}

} // namespace carillon::bench
