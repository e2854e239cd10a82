#include "tools/bench/population.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

// The host's allocator gives unused pages back after ten seconds: six times the default warm-up.
std::chrono::milliseconds settle_time(const load_options& how) {
  return 6 * how.warm_up;
}

// Short, so that the run sees channels stop; long against the time that activating them takes.
std::chrono::milliseconds idle_stop(const load_options& how) {
  return 3 * how.duration;
}

std::uint64_t settled_memory(client::event_loop& loop, const target& host, const load_options& how) {
  loop.run_for(settle_time(how));
  return host.usage()->anonymous_bytes;
}

// Any question to a channel makes its actor; this one reads the fewest tables.
void activate(client::event_loop& loop, const target& host, const std::string& token,
              const std::vector<std::string>& channels) {
  std::vector<client::api_call> calls;
  for (const auto& channel : channels)
    calls.push_back({"conversations.info", token, {{"channel", channel}}});
  client::call_all(loop, host.where(), calls);
}

} // namespace

report run_channels(const load_options& how) {
  target_options options = how.host;
  options.settings.push_back("channel.idle_stop_ms=" + std::to_string(idle_stop(how).count()));
  target host(options);
  client::event_loop loop;
  auto workers = client::hire(loop, host.where(), host.admin_token(), 1, run_name());
  const std::string& token = workers.at(0).token;

  // A host without channels, started anew: what the process itself needs.
  host.restart();
  client::api_client founder(loop, host.where(), token);
  activate(loop, host, token, {client::create_channel(founder, run_name() + "first")});
  double empty = static_cast<double>(settled_memory(loop, host, how));

  std::vector<client::api_call> creates;
  for (std::size_t i = 0; i < how.channels; ++i)
    creates.push_back({"conversations.create", token, {{"name", run_name() + std::to_string(i)}}});
  std::vector<std::string> channels;
  std::vector<client::api_call> posts;
  for (auto& answer : client::call_all(loop, host.where(), creates)) {
    channels.emplace_back(answer.at("channel").at("id").as_string());
    posts.push_back({"chat.postMessage",
                     token,
                     {{"channel", channels.back()}, {"text", std::string(how.text_bytes, 'x')}}});
  }
  client::call_all(loop, host.where(), posts);

  // Started again, all of them exist and none is active. Twice: the first start reads back the
  // write-ahead log, which is bounded, but not nothing.
  host.restart();
  host.restart();
  activate(loop, host, token, {channels.front()});
  double dormant = static_cast<double>(settled_memory(loop, host, how));
  activate(loop, host, token, channels);
  double active = static_cast<double>(settled_memory(loop, host, how));
  loop.run_for(2 * idle_stop(how) + idle_stop(how) / 6);  // looked at once per idle_stop
  double stopped = static_cast<double>(settled_memory(loop, host, how));
  // What is kept for later (allocator, caches) is used again: a second round must not grow.
  activate(loop, host, token, channels);
  double again = static_cast<double>(settled_memory(loop, host, how));

  double count = static_cast<double>(how.channels);
  report out{"channels", {}, {}};
  out.add("channels", count, "");
  out.add("memory_of_host", empty / 1e6, "MB", 1);
  out.add("memory_per_dormant_channel", (dormant - empty) / count, "bytes", 0, better::lower);
  out.add("memory_per_active_channel", (active - dormant) / count, "bytes", 0, better::lower);
  out.add("memory_per_stopped_channel", (stopped - dormant) / count, "bytes");
  out.add("growth_per_channel_activated_again", (again - active) / count, "bytes");
  return out;
}

} // namespace carillon::bench
