// The hub of a simulated host, as actors/hub/ keeps it: the real subscription_table, its wants sent in
// the real lanes to the leaders of their slots, its topics delivered to simulated clients.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "actors/hub/interest_lanes.hpp"
#include "actors/hub/leader_watch.hpp"
#include "actors/hub/subscription_table.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "tools/sim/timeline.hpp"

namespace carillon::sim {

class host;

// A client's end of a connection.
class session_listener {
public:
  virtual ~session_listener() = default;
  // `number`: of the connection, as the client gave it.
  virtual void ready(std::uint64_t number) = 0;
  virtual void event(std::uint64_t number, const entity_id& channel,
                     const wire::channel_event& event) = 0;
  virtual void gone(std::uint64_t number) = 0;  // with the host
  // subscription_sink::ask_start, of one that resumed; hub::start() is the answer.
  virtual void start_wanted(std::uint64_t /*number*/, const entity_id& /*channel*/, std::uint64_t /*told*/) {}
};

class hub final : private subscription_sink {
public:
  explicit hub(host& of);
  void start();

  connection_id open(const entity_id& user, const entity_id& team,
                     const std::vector<entity_id>& channels, session_listener& listener,
                     std::uint64_t number);
  // In two steps, as a session does: what comes and goes while the list of channels is made is not lost.
  connection_id expect(const entity_id& user, const entity_id& team, session_listener& listener,
                       std::uint64_t number, bool resumes = false);
  void open(connection_id who, const entity_id& user, const entity_id& team,
            const std::vector<subscription_table::opening>& channels);
  void start(connection_id who, const subscription_table::opening& what, std::uint64_t told);
  void close(connection_id who);
  void close_all();

  void delivered(const wire::event_batches& batches);
  void member_news(const entity_id& user, const entity_id& channel, bool member, std::uint64_t seq);
  // Events of these slots may have been lost on their way: their channels are asked for anew.
  void recover(const std::vector<slot_id>& slots);

  std::size_t channels() const { return core_.channels(); }

private:
  void subscribe(connection_id who, topic_id topic) override;
  void unsubscribe(connection_id who, topic_id topic) override;
  void publish(topic_id topic, const entity_id& channel, const wire::channel_event& event,
               connection_id except) override;
  void send_event(connection_id to, const entity_id& channel,
                  const wire::channel_event& event) override;
  void want(const entity_id& channel, std::optional<std::uint64_t> after,
            std::uint64_t serial) override;
  void withdraw(const entity_id& channel) override;
  void session_ready(connection_id who) override;
  void ask_start(connection_id who, const entity_id& channel, std::uint64_t told) override;

  void flush_wants();
  void announce(slot_id slot);
  void take(slot_id slot, std::uint64_t number, const wire::interest_answer& answer);
  void watch_leaders();
  void audit();

  host& host_;
  subscription_table core_;
  struct session {
    session_listener* listener = nullptr;
    std::uint64_t number = 0;
  };
  std::map<connection_id, session> sessions_;
  std::unordered_map<topic_id, std::vector<connection_id>> topics_;
  interest_lanes lanes_;
  leader_watch watch_;
  std::uint32_t audit_turn_ = 0;
  connection_id last_ = 0;
};

}  // namespace carillon::sim
