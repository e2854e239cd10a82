// What stands behind the host's one port: /api/ to the api actors, /rtm/TICKET and the event streams that
// these answer with to sessions, the page and its files, /healthz, /readyz, /metrics. Called by I/O threads; decides quickly and hands on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/link/host_overview.hpp"
#include "actors/protocols.hpp"
#include "actors/session/session_registry.hpp"
#include "actors/token_recall.hpp"
#include "actors/waiting_room.hpp"
#include "runtime/edge/counters.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon {

struct static_file {
  std::string_view content_type;
  std::string_view bytes;  // lives as long as the program
};
using file_finder = std::function<std::optional<static_file>(std::string_view path)>;

// nullopt: well. Otherwise why this host should not be used.
using health_check = std::function<std::optional<error>()>;

class gateway final : public edge::gateway {
public:
  gateway(caf::actor_system& system, const host_services& host, session_registry& sessions,
          file_finder files, health_check health);

  // Before the edge listens.
  void set_api_actors(std::vector<caf::actor> actors);
  // What they remember of tokens, for those who connect. Before the edge listens.
  void set_recall(token_recall recall) { recall_ = std::move(recall); }
  // What the I/O threads have done, for /healthz and /metrics. Before the edge listens.
  void set_edge(std::function<edge::edge_counters()> count) { edge_ = std::move(count); }
  // Why this host should not be used; nullopt: well. As /healthz says.
  std::optional<error> trouble() const { return trouble(slots_led()); }
  // As /readyz says. Any thread.
  bool takes_clients() const { return !takes_nobody(); }
  // Until the directory is known no token, ticket or operator can be told from a stranger: everybody but
  // /healthz and /readyz is answered 503. host_services has the secrets when it becomes known.
  void wait_for_directory() { knows_directory_.store(false); }
  void directory_is_known() { knows_directory_.store(true); }
  bool knows_directory() const { return knows_directory_.load(); }
  // From then on /api/ and upgrades are answered 503 and /healthz says so.
  void stop();

  void on_request(edge::http_request request, edge::responder answer) override;
  void on_requests(std::vector<edge::asked_request> all) override;
  std::chrono::milliseconds patience(const edge::http_request& request) override;
  bool on_upgrade(const edge::http_request& request, std::shared_ptr<void>& context,
                  edge::http_response& refusal) override;
  void on_open(edge::connection_id connection, std::shared_ptr<void> context) override;
  void on_message(edge::connection_id connection, std::string payload, bool is_text) override;
  void on_close(edge::connection_id connection, std::uint16_t code) override { ended(connection, {code, {}}); }
  void on_silent(edge::connection_id connection, std::uint16_t code, tick_time last_heard) override {
    ended(connection, {code, last_heard});
  }
  edge::http_response error_response(int status, std::string_view reason) override;

private:
  std::optional<error> not_ready() const;
  std::optional<error> takes_nobody() const;  // as /readyz says
  std::optional<error> trouble(std::uint32_t slots_led) const;
  std::uint32_t slots_led() const;
  host_overview overview() const;
  std::optional<error> closed() const;  // why nobody is let in now
  std::optional<error> waiting() const;  // ... operators neither
  // All of them calls under /api/.
  void hand_to_api(std::vector<edge::asked_request> calls);
  // gateway_door.cpp: under load.
  void open_waiting_room();
  void turn_away(std::vector<edge::asked_request>& calls) const;
  std::optional<std::uint64_t> whose(const edge::http_request& call) const;
  bool may_open(tick_time now, edge::http_response& refusal) const;
  edge::http_response health() const;
  edge::http_response readiness() const;
  std::string coordination_trouble() const;  // empty: none
  // gateway_inspect.cpp: /inspect/, and the live views behind its tickets.
  void on_inspect(edge::http_request request, edge::responder answer);
  edge::http_response live_ticket() const;
  bool on_live_upgrade(std::string_view ticket, edge::http_response& refusal) const;
  bool is_live(edge::connection_id connection) const;
  void open_live(edge::connection_id connection);
  void close_live(edge::connection_id connection);
  void ended(edge::connection_id connection, const session_gone& how);
  void on_metrics(edge::http_request request, edge::responder answer);
  edge::http_response metrics() const;

  caf::actor_system& system_;
  const host_services& host_;
  session_registry& sessions_;
  file_finder files_;
  health_check health_;
  std::function<edge::edge_counters()> edge_;
  std::function<void(std::vector<edge::asked_request>)> work_;  // by the api actors
  std::shared_ptr<waiting_room> room_;  // before them; null: whoever is let in is worked on
  token_recall recall_;
  std::atomic<bool> knows_directory_{true};
  std::atomic<bool> stopping_{false};
  mutable std::mutex live_mutex_;
  std::set<edge::connection_id> live_;  // who looks on, as opposed to sessions
};

}  // namespace carillon
