#include "tools/bench/activation.hpp"

#include <algorithm>

namespace carillon::bench {
namespace {

class caller {
public:
  caller(client::event_loop& loop, const client::endpoint& where, std::size_t text_bytes)
      : loop_(loop), where_(where), writer_(where, text_bytes), http_(loop, where) {}

  // `then` is told whether it went well.
  void call(const post_place& place, first_call what, histogram& latency,
            const std::function<void(bool)>& then) {
    sent_at_ = steady_now();
    auto answer = [this, &latency, then](const client::http_response_view* response) {
      bool good = response && response->body.find("\"ok\":true") != std::string_view::npos;
      latency.record(loop_.now() - sent_at_);
      then(good);
    };
    if (what == first_call::post)
      return http_.send(writer_.write(place, sent_at_), answer);
    std::string body = "limit=1&channel=" + place.channel;
    http_.send(client::api_request_with_body(where_, "conversations.history", place.token, body),
               answer);
  }

private:
  client::event_loop& loop_;
  client::endpoint where_;
  post_writer writer_;
  client::http_client http_;
  tick_time sent_at_;
};

} // namespace

void activations::add_to(report& out, const std::string& name) const {
  out.add(name + "s_per_second", static_cast<double>(latency.count()) / seconds, "1/s", 0,
          better::higher);
  out.add_latency(name, latency);
}

activations call_each(client::event_loop& loop, const target& hosts,
                      std::span<const post_place> places, first_call what, std::size_t in_flight,
                      std::size_t text_bytes) {
  activations out;
  std::vector<std::unique_ptr<caller>> callers;
  std::size_t next = 0, done = 0, bad = 0;
  std::function<void(caller&)> go_on = [&](caller& by) {
    if (next < places.size())
      by.call(places[next++], what, out.latency, [&](bool good) {
        ++done;
        bad += good ? 0 : 1;
        go_on(by);
      });
  };
  auto started = steady_now();
  for (std::size_t i = 0; i < std::min(in_flight, places.size()); ++i) {
    callers.push_back(std::make_unique<caller>(loop, hosts.where(i), text_bytes));
    go_on(*callers.back());
  }
  while (done < places.size()) { // progress is waited for, not a total time
    std::size_t before = done;
    loop.run_until([&] { return done == places.size() || done >= before + 1'000; },
                   std::chrono::seconds(30));
    if (done == before)
      throw client::client_error("channels do not wake up");
  }
  out.seconds = seconds(steady_now() - started);
  if (bad > 0)
    throw client::client_error(std::to_string(bad) + " first calls were refused");
  return out;
}

} // namespace carillon::bench
