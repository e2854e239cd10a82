// Channels, people and connections for the tests of the subscription table. The effects are recorded
// as what each connection has seen, in the order of the calls.
#pragma once

#include "actors/hub/subscription_table.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace carillon::test {

inline const entity_id team{id_kind::team, 1};
inline const entity_id alice{id_kind::user, 1};
inline const entity_id bob{id_kind::user, 2};
inline const entity_id general{id_kind::channel, 1};
inline const entity_id other{id_kind::channel, 2};

inline wire::channel_event event(std::uint64_t seq) {
  wire::channel_event out;
  out.set_seq(seq);
  out.set_kind(wire::EVENT_MESSAGE);
  return out;
}

inline std::vector<wire::channel_event> events(std::uint64_t first, std::uint64_t last) {
  std::vector<wire::channel_event> out;
  for (auto seq = first; seq <= last; ++seq)
    out.push_back(event(seq));
  return out;
}

// What each connection has seen, in order, by playing the I/O thread.
struct recorder : subscription_sink {
  std::map<topic_id, std::vector<connection_id>> topics;
  std::map<connection_id, std::vector<std::uint64_t>> seen;
  std::vector<std::optional<std::uint64_t>> wants;
  std::map<entity_id, std::uint64_t> serials;  // of the last asking
  std::size_t withdrawn = 0;
  std::vector<connection_id> ready;
  std::vector<std::uint64_t> starts;  // asked for: what was told

  void subscribe(connection_id who, topic_id topic) override {
    unsubscribe(who, topic);  // twice is once, as in the outbox
    topics[topic].push_back(who);
  }
  void unsubscribe(connection_id who, topic_id topic) override { std::erase(topics[topic], who); }
  void publish(topic_id topic, const entity_id&, const wire::channel_event& event,
               connection_id except) override {
    for (connection_id who : topics[topic])
      if (who != except)
        seen[who].push_back(event.seq());
  }
  void send_event(connection_id to, const entity_id&, const wire::channel_event& event) override {
    seen[to].push_back(event.seq());
  }
  void want(const entity_id& channel, std::optional<std::uint64_t> after,
            std::uint64_t serial) override {
    wants.push_back(after);
    serials[channel] = serial;
  }
  void withdraw(const entity_id&) override { ++withdrawn; }
  void session_ready(connection_id who) override { ready.push_back(who); }
  void ask_start(connection_id, const entity_id&, std::uint64_t told) override { starts.push_back(told); }
};

inline wire::channel_batch batch(const entity_id& channel, std::uint64_t first, std::uint64_t last,
                          connection_id from = 0) {
  wire::channel_batch out;
  out.set_channel_id(channel.text());
  out.set_from_connection(from);
  for (const auto& e : events(first, last))
    *out.add_events() = e;
  return out;
}

using seqs = std::vector<std::uint64_t>;

// The table as most cases use it: answers are to the last asking, and lists of channels without the
// seqs of the joins.
struct table_case : subscription_table {
  explicit table_case(recorder& sink) : subscription_table(sink), sink(sink) {}

  using subscription_table::open;
  void open(connection_id who, const entity_id& user, const entity_id& of,
            const std::vector<entity_id>& channels) {
    std::vector<opening> list;
    for (const entity_id& channel : channels)
      list.emplace_back(membership{channel, 0});
    open(who, user, of, list);
  }
  void open(connection_id who, const entity_id& user, const entity_id& of,
            std::initializer_list<entity_id> channels) {
    open(who, user, of, std::vector<entity_id>(channels));
  }
  bool confirmed(const entity_id& channel, std::uint64_t last_seq,
                 const std::vector<wire::channel_event>& replay) {
    return subscription_table::confirmed(channel, sink.serials[channel], last_seq, replay);
  }
  bool unreadable(const entity_id& channel) {
    return subscription_table::unreadable(channel, sink.serials[channel]);
  }
  void delivered(const wire::channel_batch& batch) {
    subscription_table::delivered(batch, batch.from_connection());
  }

  recorder& sink;
};

inline wire::channel_event moved(std::uint64_t seq, const entity_id& user, const std::string& how) {
  wire::channel_event out = event(seq);
  out.mutable_message()->set_subtype(how);
  out.mutable_message()->set_user(user.text());
  return out;
}

}  // namespace carillon::test
