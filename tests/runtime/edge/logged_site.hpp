// A server and the log of one topic, for tests of clients that read too slowly.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/runtime/edge/edge_fixture.hpp"

namespace carillon::testing {

inline constexpr edge::topic_id lobby = 1;
inline constexpr std::size_t text_bytes = 10'000;
inline constexpr std::size_t small_queue = 200'000;

inline std::string text_of(std::uint64_t seq) {
  std::string out = std::to_string(seq) + " ";
  out.resize(text_bytes, 'x');
  return out;
}

// Questions are answered by the thread that posts, as a hub does.
class logged_site {
public:
  explicit logged_site(settings::edge_settings limits, std::uint32_t io_threads = 1)
      : server({"127.0.0.1:0", io_threads, limits}, gateway) {
    server.tell_of_ends([this](const edge::ended_connection& how) { gateway.on_ended(how); });
    server.ask_for_missed([this](const edge::missed_events& what) {
      std::lock_guard hold(mutex_);
      asked_.push_back(what);
    });
    auto bound = server.start();
    REQUIRE(bound);
    port = *bound;
  }

  edge::connection_id subscribed(raw_client& client, const std::string& path) {
    client.receive_little();
    const auto who = gateway.connection(path);
    server.subscribe(who, lobby);
    return who;
  }
  void post(edge::connection_id except = 0) {
    ++newest;
    server.publish(lobby, edge::make_event_frame(text_of(newest), {lobby, newest}, "C1"),
                   edge::send_class::durable, except);
  }
  // Answers everything that was asked.
  void answer() {
    std::vector<edge::missed_events> all;
    {
      std::lock_guard hold(mutex_);
      all.swap(asked_);
    }
    for (const edge::missed_events& what : all) {
      CHECK(what.room >= text_bytes);
      if (what.first)
        server.send(what.who, edge::make_text_frame("behind from " + std::to_string(what.from)));
      std::uint64_t seq = what.from;
      for (std::size_t room = what.room; seq <= newest && room >= text_bytes; ++seq, room -= text_bytes)
        server.send(what.who, edge::make_late_frame(text_of(seq), {lobby, seq}));
      server.send(what.who, edge::make_page_end({lobby, seq - 1}, seq > newest));
    }
  }
  std::size_t questions() {
    std::lock_guard hold(mutex_);
    return asked_.size();
  }
  // Posts until this many connections are behind.
  void overwhelm(std::uint64_t connections) {
    for (int i = 0; i < 20'000 && server.counters().fell_behind < connections; ++i) {
      post();
      if (i % 50 == 0)
        std::this_thread::yield();
    }
    REQUIRE(eventually([&] { return server.counters().fell_behind >= connections; }));
  }

  noting_gateway gateway;
  edge::server server;
  std::uint16_t port = 0;
  std::uint64_t newest = 0;

private:
  std::mutex mutex_;
  std::vector<edge::missed_events> asked_;
};

inline settings::edge_settings tight_limits() {
  settings::edge_settings limits = patient_limits();
  limits.outbound_queue_max_bytes = small_queue;
  return limits;
}

}  // namespace carillon::testing
