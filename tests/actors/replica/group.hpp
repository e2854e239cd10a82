// Three replicas of one group on three simulated disks, and the network between them, by hand: what
// is sent waits until run() carries it; hosts stop, are cut off, lose their power, and their disks
// take as long as the test wants. Time is tick().
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actors/raft_words.hpp"
#include "actors/replica.hpp"
#include "storage/journal_batch.hpp"
#include "storage/record.hpp"
#include "storage/simulated_disk.hpp"
#include "storage/slot_range.hpp"

namespace carillon::test {

inline constexpr slot_id group_slot = 0;
inline const entity_id group_channel{id_kind::channel, 9};

inline std::shared_ptr<const wire::slot_command> message_command(std::uint64_t seq,
                                                                 const std::string& text) {
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_channel()->set_channel_id(group_channel.text());
  auto& event = *command->mutable_channel()->add_events();
  event.set_seq(seq);
  event.set_ts(seq * 10);
  event.set_kind(wire::EVENT_MESSAGE);
  event.mutable_message()->set_seq(seq);
  event.mutable_message()->set_ts(seq * 10);
  event.mutable_message()->set_text(text);
  return command;
}

// One host's part of the group.
struct member {
  raft::member_id id = 0;
  storage::simulated_disk disk;
  std::unique_ptr<seeded_random> random;
  std::unique_ptr<storage::journal_batch> batch;
  std::unique_ptr<replica> group;  // null: stopped
  bool cut_off = false;
  bool answers_pulls = true;
  bool slow_disk = false;          // writes wait until it is fast again
  std::deque<storage::journal_write> writes;
  std::uint64_t writes_done = 0;
  std::uint64_t other_write = 0;   // of another group, at which a slow disk is: its name

  std::vector<std::string> committed;  // texts in this process life, "+" in front of own proposals
  std::vector<std::uint64_t> readable, unreadable;
  std::vector<errc> lost;
  std::size_t tables_replaced = 0;
  std::size_t chunks_asked = 0;
  std::vector<replica::alarm> alarms;
};

class group_of_three {
public:
  explicit group_of_three(raft::log_index log_keep = 1'000) : log_keep_(log_keep) {
    for (std::size_t i = 0; i < 3; ++i)
      members_[i].id = i + 1;
    for (auto& each : members_)
      start(each.id);
  }

  member& at(raft::member_id id) { return members_[id - 1]; }
  replica& group(raft::member_id id) { return *at(id).group; }

  void start(raft::member_id id) {
    member& m = at(id);
    auto opened = storage::open_damaged_slot(m.disk, group_slot);
    REQUIRE(opened);
    replica::setup how;
    how.slot = group_slot;
    how.raft.self = id;
    how.founders = {{1, 2, 3}, {}};
    how.log_keep_entries = log_keep_;
    how.chunk_bytes = 200;
    how.retry_ticks = 2;
    how.pin_ticks = 50;
    m.random = std::make_unique<seeded_random>(id);
    m.batch = std::make_unique<storage::journal_batch>(m.disk);
    m.committed.clear();
    m.group = std::make_unique<replica>(how, opened->start, std::move(opened->log), *m.random);
    m.group->start();
  }
  // The process ends; with `power`, what was not synced is gone as well.
  void stop(raft::member_id id, bool power = true) {
    member& m = at(id);
    m.group.reset();
    m.writes.clear();
    if (power)
      m.disk.crash(0);
    else
      m.disk.restart();
  }

  // Carries everything out until nothing moves.
  void run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto& each : members_)
        while (each.group && carry_out(each))
          moved = true;
      auto wire = std::exchange(wire_, {});
      for (auto& message : wire) {
        moved = true;
        if (message.to > members_.size())
          continue;  // a member that nobody started
        member& to = at(message.to);
        if (to.group && reach(message.from, message.to))
          to.group->step({std::move(message)});
      }
    }
  }

  void tick(int times = 1) {
    for (; times > 0; --times) {
      for (auto& each : members_)
        if (each.group)
          each.group->tick(heard_by(each));
      run();
    }
  }

  // Nominates and waits until the member serves.
  void elect(raft::member_id id) {
    group(id).nominate(group(id).leader().term, group(id).leader().leader);
    run();
    REQUIRE(group(id).serves());
  }
  void lose_host(raft::member_id id) { lost_.insert(id); }

  // Carried out, and told to the followers that it is committed.
  void settle() {
    run();
    tick(2);
  }

  // One write of a slow disk.
  void write_one(raft::member_id id) {
    REQUIRE_FALSE(at(id).writes.empty());
    auto next = std::move(at(id).writes.front());
    at(id).writes.pop_front();
    write(at(id), std::move(next));
    run();
  }

  // Proposes on the leader `id` the next message; not carried by itself.
  result<raft::log_index> post(raft::member_id id, const std::string& text) {
    ++last_seq_;
    return group(id).propose(message_command(last_seq_, text), last_seq_);
  }

  std::vector<std::string> texts_of(raft::member_id id) {
    std::vector<std::string> out;
    auto rows = at(id).disk.scan(storage::family::messages,
                                 storage::slot_span(group_slot, storage::family::messages));
    for (rows->seek(storage::slot_span(group_slot, storage::family::messages)); rows->valid();
         rows->next()) {
      wire::channel_event event;
      auto payload = storage::unseal(storage::family::messages, rows->key(), rows->value());
      REQUIRE(payload);
      REQUIRE(event.ParseFromArray(payload->data(), static_cast<int>(payload->size())));
      out.push_back(event.message().text());
    }
    return out;
  }

private:
  bool reach(raft::member_id a, raft::member_id b) {
    return a == b || (!at(a).cut_off && !at(b).cut_off);
  }

  replica::heard heard_by(const member& me) {
    replica::heard out;
    for (auto& other : members_) {
      if (other.id == me.id || !other.group || other.cut_off || me.cut_off)
        continue;
      out.alive.push_back(other.id);
      if (other.group->leads() && other.group->leader().term >= out.led.term)
        out.led = other.group->leader();
    }
    for (auto id : lost_)
      if (id != me.id)
        out.lost.push_back(id);
    if (me.slow_disk)
      out.writing = me.other_write != 0 || me.writes.empty() ? me.other_write : me.writes_done + 1;
    return out;
  }

  void write(member& m, storage::journal_write what) {
    bool sync = false;
    if (!m.batch->takes(what)) {
      REQUIRE(m.disk.write(m.batch->rows(), false));
      m.batch->clear();
    }
    sync = m.batch->add(what);
    status outcome = m.disk.write(m.batch->rows(), sync);
    m.batch->clear();
    ++m.writes_done;
    m.group->written(outcome);
  }

  bool carry_out(member& m) {
    bool moved = false;
    if (!m.slow_disk && !m.writes.empty()) {
      auto next = std::move(m.writes.front());
      m.writes.pop_front();
      write(m, std::move(next));
      moved = true;
    }
    replica::effects next = m.group->take_effects();
    if (next.empty())
      return moved;
    for (auto& message : next.send)
      wire_.push_back(decode_raft(encode_raft({message}))->front());
    for (auto& write : next.writes)
      m.writes.push_back(std::move(write));
    for (const auto& entry : next.committed)
      m.committed.push_back((entry.mine ? "+" : "") +
                            entry.command->channel().events(0).message().text());
    if (next.lost)
      m.lost.push_back(next.lost->code);
    m.readable.insert(m.readable.end(), next.readable.begin(), next.readable.end());
    m.unreadable.insert(m.unreadable.end(), next.unreadable.begin(), next.unreadable.end());
    m.tables_replaced += next.tables_replaced;
    for (auto& alarm : next.alarms)
      m.alarms.push_back(std::move(alarm));
    if (next.pull)
      answer_pull(m, *next.pull);
    return true;
  }

  void answer_pull(member& m, const replica::fetch& pull) {
    ++m.chunks_asked;
    member& from = at(pull.from);
    if (!from.group || !from.answers_pulls || !reach(m.id, from.id))
      return m.group->chunk_arrived(pull.id, errc::timed_out);
    if (!from.group->pin_log(m.id, pull.what.index()) ||
        from.group->applied() < pull.what.index())
      return m.group->chunk_arrived(pull.id, errc::not_owner);
    m.group->chunk_arrived(pull.id, storage::read_chunk(from.disk, pull.what));
  }

  const raft::log_index log_keep_;
  std::array<member, 3> members_;
  std::deque<raft::message> wire_;
  std::set<raft::member_id> lost_;
  std::uint64_t last_seq_ = 0;
};

using texts = std::vector<std::string>;

}  // namespace carillon::test
