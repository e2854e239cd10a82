// Two or more link_states with a network between them that does what the test says: nothing moves,
// no time passes but by its word. Effects are kept, so that a test can ask what came of a step.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/cluster/frame.hpp"
#include "runtime/cluster/link_state.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon::cluster {

inline constexpr tick_time start_of_time{std::chrono::hours(1)};

// "a" has store id 0xa1, "b" 0xb1, ...; the first process 0xa100, the next 0xa101.
inline wire::peer_hello hello_of(const std::string& name, std::uint64_t incarnation = 0) {
  const std::uint64_t letter = 10 + static_cast<std::uint64_t>(name[0] - 'a');
  wire::peer_hello hello;
  hello.set_cluster_name("test");
  hello.set_slots(4);
  hello.mutable_member()->set_name(name);
  hello.mutable_member()->set_store_id(letter << 4 | 1);
  hello.mutable_member()->set_incarnation((letter << 12) + 0x100 + incarnation);
  return hello;
}
inline host_id id_of(const std::string& name) {
  return hello_of(name).member().store_id();
}

// One host on that network.
struct end {
  end(wire::peer_hello hello, const std::vector<std::string>& others, link_options options,
      tick_time now)
      : name(hello.member().name()), state(options, std::move(hello), addresses(others), random, now) {}

  static std::vector<peer_address> addresses(const std::vector<std::string>& others) {
    std::vector<peer_address> out;
    for (const std::string& other : others)
      out.push_back({other, other + ":7000"});
    return out;
  }

  std::string name;
  seeded_random random{7};
  link_state state;
  effects seen;  // everything but frames, closes and dials, until the test forgets it
};

class network {
public:
  explicit network(link_options options = {}) : options_(options) {}

  tick_time now = start_of_time;

  end& add(wire::peer_hello hello, const std::vector<std::string>& others) {
    std::string name = hello.member().name();
    ends_[name] = std::make_unique<end>(std::move(hello), others, options_, now);
    return *ends_[name];
  }
  end& operator[](const std::string& name) { return *ends_.at(name); }

  // The process is gone; the others see their connections break.
  void kill(const std::string& name) {
    ends_.erase(name);
    for (auto at = wires_.begin(); at != wires_.end();) {
      wire_pair gone = at->second;
      bool concerned = gone.dialer == name || gone.acceptor == name;
      at = concerned ? wires_.erase(at) : std::next(at);
      if (concerned)
        for (const std::string& left : {gone.dialer, gone.acceptor})
          if (ends_.count(left))
            ends_.at(left)->state.closed(gone.id, "the connection broke", now);
    }
    collect();
  }

  // Frames between these two stay where they are until healed; with `dials` false, dialing fails too.
  void cut(const std::string& from, const std::string& to) { cuts_.insert(from + ">" + to); }
  void heal() { cuts_.clear(); }

  // Everybody's turn: ticks, envelopes, and all that follows from them.
  void tick() {
    for (auto& [name, each] : ends_) {
      each->state.tick(now);
      each->state.flush();
    }
    settle();
  }
  void pass(std::chrono::milliseconds time) {
    for (auto until = now + time; now < until;) {
      now += options_.tick;
      tick();
    }
  }
  // Delivers what is under way, and what comes of it, until nothing moves.
  void settle() {
    collect();
    while (deliver_one()) {
      for (auto& [name, each] : ends_)
        each->state.flush();
      collect();
    }
  }
  // One frame that is not held back by a cut.
  bool deliver_one() {
    for (auto at = frames_.begin(); at != frames_.end(); ++at) {
      if (cuts_.count(at->from + ">" + at->to))
        continue;
      flying frame = std::move(*at);
      frames_.erase(at);
      if (wires_.count(frame.wire) && ends_.count(frame.to))
        ends_.at(frame.to)->state.frame_arrived(frame.wire, frame.bytes, now);
      collect();
      return true;
    }
    return false;
  }
  // As if `bytes` had come over the connection between the two.
  void inject(const std::string& from, const std::string& to, const std::string& bytes) {
    for (auto& [id, each] : wires_)
      if ((each.dialer == from && each.acceptor == to) || (each.dialer == to && each.acceptor == from)) {
        ends_.at(to)->state.frame_arrived(id, bytes, now);
        break;
      }
    collect();
  }
  // A connection that nobody asked for, from someone who is no end here.
  connection_id stranger(const std::string& to) {
    connection_id id = ++last_wire_;
    ends_.at(to)->state.connected(id, {}, now);
    collect();
    return id;
  }

  std::uint32_t schema() const { return wire::schema_major; }
  std::size_t connections() const { return wires_.size(); }
  std::size_t frames_under_way() const { return frames_.size(); }
  int dials(const std::string& from) const { return dials_.count(from) ? dials_.at(from) : 0; }
  // Frames to strangers, as they left.
  std::vector<std::pair<connection_id, std::string>> to_strangers;

private:
  struct wire_pair {
    connection_id id = 0;
    std::string dialer, acceptor;
  };
  struct flying {
    connection_id wire = 0;
    std::string from, to, bytes;
  };

  void collect() {
    for (auto& [name, each] : ends_)
      for (auto out = each->state.take_effects(); !out.empty(); out = each->state.take_effects())
        carry_out(*each, std::move(out));
  }

  void carry_out(end& of, effects out) {
    auto keep = [](auto& all, auto& more) {
      all.insert(all.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
    };
    keep(of.seen.notes, out.notes);
    keep(of.seen.down, out.down);
    keep(of.seen.arrived, out.arrived);
    keep(of.seen.answers, out.answers);
    keep(of.seen.missed, out.missed);
    of.seen.hellos_changed |= out.hellos_changed;
    if (!out.old_copy.empty())
      of.seen.old_copy = out.old_copy;
    for (frame_out& frame : out.frames) {
      auto at = wires_.find(frame.connection);
      if (at == wires_.end()) {
        to_strangers.emplace_back(frame.connection, std::move(frame.bytes));
        continue;
      }
      const std::string& to = at->second.dialer == of.name ? at->second.acceptor : at->second.dialer;
      frames_.push_back({frame.connection, of.name, to, std::move(frame.bytes)});
    }
    for (connection_id connection : out.close)
      close(of.name, connection);
    for (const peer_address& peer : out.dial)
      dial(of, peer.name);
  }

  // A frame sent before arrives before the other side sees the end.
  void close(const std::string& by, connection_id connection) {
    auto at = wires_.find(connection);
    if (at == wires_.end())
      return;
    std::string other = at->second.dialer == by ? at->second.acceptor : at->second.dialer;
    for (auto frame = frames_.begin(); frame != frames_.end();) {
      if (frame->wire != connection) {
        ++frame;
        continue;
      }
      if (frame->to == other && ends_.count(other) && !cuts_.count(by + ">" + other))
        ends_.at(other)->state.frame_arrived(connection, frame->bytes, now);
      frame = frames_.erase(frame);
    }
    wires_.erase(connection);
    if (ends_.count(other) && !cuts_.count(by + ">" + other))
      ends_.at(other)->state.closed(connection, "the connection broke", now);
  }

  void dial(end& from, const std::string& to) {
    ++dials_[from.name];
    bool blocked = cuts_.count(from.name + ">" + to) || cuts_.count(to + ">" + from.name);
    if (!ends_.count(to) || blocked) {
      from.state.dial_failed(to, "no answer", now);
      return;
    }
    connection_id id = ++last_wire_;
    wires_[id] = {id, from.name, to};
    ends_.at(to)->state.connected(id, {}, now);
    from.state.connected(id, to, now);
  }

  const link_options options_;
  std::map<std::string, std::unique_ptr<end>> ends_;
  std::map<connection_id, wire_pair> wires_;
  std::deque<flying> frames_;
  std::set<std::string> cuts_;
  std::map<std::string, int> dials_;
  connection_id last_wire_ = 0;
};

inline bool said(const end& who, const std::string& words) {
  for (const note& line : who.seen.notes)
    if (line.words.find(words) != std::string::npos)
      return true;
  return false;
}

}  // namespace carillon::cluster
