#include "runtime/cluster/link_state.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.hpp"
#include "runtime/cluster/frame.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon::cluster {
namespace {

std::string number(std::uint64_t n) {
  return std::to_string(n);
}

}  // namespace

link_state::link_state(link_options options, wire::peer_hello myself,
                       std::vector<peer_address> peers, random_source& random, tick_time now)
    : options_(options), myself_(std::move(myself)), random_(random), began_(now), last_tick_(now) {
  myself_.set_schema_major(wire::schema_major);
  myself_.set_schema_minor(wire::schema_minor());
  for (peer_address& address : peers) {
    ENSURE(address.name != myself_.member().name(), "a host is not its own peer");
    auto [at, is_new] = peers_.try_emplace(address.name, options_.queue_bytes);
    ENSURE(is_new, "names of hosts are unique");
    peer& added = at->second;
    added.we_dial = myself_.member().name() < address.name;
    added.address = std::move(address);
    added.next_dial = now;
  }
}

// -- hellos ---------------------------------------------------------------------------------------

void link_state::connected(connection_id connection, const std::string& dialed, tick_time now) {
  greetings_[connection] = {dialed, now};
  if (dialed.empty())
    return;  // whoever dials speaks first
  say_hello(connection, {});
  if (peer* to = by_name(dialed))
    to->dialing = false;
}

void link_state::dial_failed(const std::string& name, const std::string& why, tick_time now) {
  peer* to = by_name(name);
  if (!to)
    return;
  ++counters_.dials_failed;
  to->dialing = false;
  auto pause = redial_first;
  for (unsigned i = 0; i < to->failures && pause < redial_last; ++i)
    pause *= 2;
  ++to->failures;
  postpone_dial(*to, std::min(pause, redial_last), now);
  complain(*to, note::severity::info, "no connection to " + name + " yet: " + why);
}

void link_state::frame_arrived(connection_id connection, std::string_view bytes, tick_time now) {
  frame_content frame = decode_frame(bytes);
  if (auto* hello = std::get_if<wire::peer_hello>(&frame)) {
    hello_arrived(connection, std::move(*hello), now);
    return;
  }
  peer* from = by_connection(connection);
  auto* envelope = std::get_if<wire::peer_envelope>(&frame);
  if (from && envelope) {
    envelope_arrived(*from, std::move(*envelope), now);
    return;
  }
  ++counters_.bad_frames;
  std::string why = envelope ? "an envelope before the hello" : "a frame that makes no sense";
  if (from) {
    say_hello(connection, why);
    out_.close.push_back(connection);
    lose(*from, why, now);
  } else if (auto at = greetings_.find(connection); at != greetings_.end()) {
    const std::string dialed = at->second.dialed;  // refuse() forgets the greeting
    refuse(connection, dialed, {}, why, true, now);
  }
}

void link_state::hello_arrived(connection_id connection, wire::peer_hello hello, tick_time now) {
  if (peer* known = by_connection(connection)) {  // it says it anew: it was founded
    if (!hello.refused().empty() || hello.member().store_id() != known->id() ||
        hello.member().incarnation() != known->incarnation()) {
      heed(hello);
      out_.close.push_back(connection);
      lose(*known, hello.refused().empty() ? "it is another one now" : hello.refused(), now);
      return;
    }
    std::string why = objection(hello, hello.member().name());
    if (!why.empty()) {
      drop(*known, why, now);
      return;
    }
    known->hello = std::move(hello);
    known->last_heard = now;
    known->heard = true;
    out_.hellos_changed = true;
    return;
  }
  auto at = greetings_.find(connection);
  if (at == greetings_.end())
    return;  // closed by us, and this was on its way
  std::string dialed = at->second.dialed;
  const std::string named = hello.member().name();
  if (!hello.refused().empty()) {
    heed(hello);
    refuse(connection, dialed, named, "it refuses us: " + hello.refused(), false, now);
    return;
  }
  std::string why = objection(hello, dialed);
  if (!why.empty()) {
    refuse(connection, dialed, named, why, true, now);
    return;
  }
  greetings_.erase(at);
  if (dialed.empty())
    say_hello(connection, {});
  peer* from = meet(hello.member(), now);
  ENSURE(from, "who has no objection against it is a peer");
  for (const wire::ring_member& other : hello.others()) {
    meet(other, now);
    told_.insert(other.name());
  }
  told_at_ = now;
  accept(*from, connection, std::move(hello), now);
}

void link_state::accept(peer& from, connection_id connection, wire::peer_hello hello,
                        tick_time now) {
  if (from.connection != 0) {
    out_.close.push_back(from.connection);
    lose(from, "it is back on a new connection", now);
  }
  learn(hello.member());
  from.connection = connection;
  from.hello = std::move(hello);
  from.failures = 0;
  from.told.clear();
  from.last_heard = now;
  from.heard = true;
  from.suspected = false;
  from.beat_due = true;
  from.sent = from.acknowledged = from.received = from.told_received = 0;
  from.sequence_out = from.sequence_in = 0;
  out_.hellos_changed = true;
  out_.missed.push_back({from.id(), {}});
  out_.notes.push_back({note::severity::info, "connected to " + from.address.name});
}

void link_state::refuse(connection_id connection, const std::string& dialed,
                        const std::string& named, const std::string& why, bool say_so,
                        tick_time now) {
  ++counters_.hellos_refused;
  greetings_.erase(connection);
  if (say_so)
    say_hello(connection, why);
  out_.close.push_back(connection);
  peer* about = by_name(dialed.empty() ? named : dialed);
  std::string words = (say_so ? "refused " : "refused by ") +
                      (named.empty() ? std::string("a stranger") : named) + ": " + why;
  if (!about) {
    out_.notes.push_back({note::severity::warning, std::move(words)});
    return;
  }
  if (!dialed.empty())
    postpone_dial(*about, redial_refused, now);
  complain(*about, note::severity::warning, std::move(words));
}

void link_state::say_hello(connection_id connection, const std::string& refused) {
  wire::peer_hello hello = myself_;
  hello.set_refused(refused);
  if (!refused.empty())
    hello.clear_others();
  out_.frames.push_back({connection, encode_frame(hello)});
}

void link_state::set_founding(const wire::founding_facts& facts) {
  myself_.set_cluster_id(facts.cluster_id());
  *myself_.mutable_founding() = facts;
  for (auto& [name, to] : peers_)
    if (to.connection != 0)
      say_hello(to.connection, {});
}

// -- connections that end -------------------------------------------------------------------------

void link_state::closed(connection_id connection, const std::string& why, tick_time now) {
  if (peer* was = by_connection(connection))
    lose(*was, why, now);
  else
    forget_greeting(connection, why, now);
}

void link_state::forget_greeting(connection_id connection, const std::string& why, tick_time now) {
  auto at = greetings_.find(connection);
  if (at == greetings_.end())
    return;
  std::string dialed = std::move(at->second.dialed);
  greetings_.erase(at);
  if (!dialed.empty())
    dial_failed(dialed, why, now);
}

void link_state::lose(peer& lost, const std::string& why, tick_time now) {
  if (!lost.suspected)
    lost_.push_back(lost.id());  // a suspected one was told already
  out_.down.push_back(lost.id());
  refuse_questions(lost);
  lost.connection = 0;
  lost.hello.Clear();
  lost.heard = false;
  lost.led.Clear();
  lost.led_is_new = false;
  lost.room = wire::gateway_room();
  lost.missed.clear();
  lost.queue.clear();
  postpone_dial(lost, redial_first, now);
  out_.notes.push_back({note::severity::warning, "lost " + lost.address.name + ": " + why});
}

void link_state::drop(peer& known, const std::string& why, tick_time now) {
  ++counters_.hellos_refused;
  say_hello(known.connection, why);
  out_.close.push_back(known.connection);
  lose(known, why, now);
  postpone_dial(known, redial_refused, now);
}

void link_state::suspect(peer& silent, tick_time now) {
  silent.suspected = true;
  lost_.push_back(silent.id());
  out_.down.push_back(silent.id());
  refuse_questions(silent);
  auto silence = std::chrono::duration_cast<std::chrono::milliseconds>(now - silent.last_heard);
  out_.notes.push_back({note::severity::warning, "nothing heard of " + silent.address.name + " for " +
                                                     std::to_string(silence.count()) + " ms"});
}

// -- time -----------------------------------------------------------------------------------------

void link_state::tick(tick_time now) {
  auto slept = now - last_tick_;
  last_tick_ = now;
  if (slept > options_.suspect / 2)
    for (auto& [name, each] : peers_)
      each.last_heard = std::min(now, each.last_heard + (slept - options_.tick));
  const auto cut = std::max(3 * options_.suspect, cut_at_least);
  for (auto& [name, each] : peers_) {
    if (each.connection == 0)
      continue;
    each.beat_due = true;
    auto silence = now - each.last_heard;
    if (!each.suspected && silence > options_.suspect)
      suspect(each, now);
    if (silence > cut) {
      out_.close.push_back(each.connection);
      lose(each, "silent for too long, trying a new connection", now);
    }
  }
  std::vector<connection_id> mute;
  for (const auto& [connection, greeted] : greetings_)
    if (now - greeted.since > hello_patience)
      mute.push_back(connection);
  for (connection_id connection : mute) {
    out_.close.push_back(connection);
    forget_greeting(connection, "connected, but no hello came", now);
  }
  give_up_waiting(now);
  forget_strangers(now);
  dial_where_due(now);
}

void link_state::postpone_dial(peer& to, std::chrono::milliseconds pause, tick_time now) {
  auto half = static_cast<std::uint64_t>(pause.count()) / 2;
  to.next_dial = now + std::chrono::milliseconds(half + random_.below(half + 1));
}

void link_state::dial_where_due(tick_time now) {
  // Who is to dial us may not know of us: a new host asks those that it was told of by itself, until the
  // ring has it.
  const bool joins = (myself_.cluster_id() == 0 || members_.count(myself_.member().name()) == 0) &&
                     now - began_ >= join_after;
  for (auto& [name, to] : peers_) {
    // Later than the other's turn: two that dial at once each take the other's connection for the newer one.
    const tick_time due = to.we_dial ? to.next_dial : to.next_dial + join_after;
    if (!(to.we_dial || joins) || to.dialing || to.connection != 0 || now < due)
      continue;
    const std::string& wanted = to.address.name;
    bool greeting = std::any_of(greetings_.begin(), greetings_.end(),
                                [&](const auto& each) { return each.second.dialed == wanted; });
    if (greeting)
      continue;
    to.dialing = true;
    out_.dial.push_back(to.address);
  }
}

// The same trouble at every attempt is one line in the log.
void link_state::complain(peer& about, note::severity how, std::string words) {
  if (about.told == words)
    return;
  about.told = words;
  out_.notes.push_back({how, std::move(words)});
}

// -- looking --------------------------------------------------------------------------------------

effects link_state::take_effects() {
  return std::exchange(out_, {});
}

heard link_state::take_heard() {
  heard out;
  out.lost = std::exchange(lost_, {});
  for (auto& [name, each] : peers_) {
    if (each.connection == 0 || !std::exchange(each.heard, false))
      continue;
    out.alive.push_back(each.id());
    out.generation = std::max(out.generation, each.generation);
    if (!std::exchange(each.led_is_new, false))
      continue;
    for (int i = 0; i < each.led.slots_size(); ++i)
      out.leaders.push_back({each.led.slots(i), each.id(), each.led.terms(i),
                             each.led.loads_size() > 0 ? each.led.loads(i) : 0});
  }
  return out;
}

link_state::peer* link_state::by_name(const std::string& name) {
  auto at = peers_.find(name);
  return at == peers_.end() ? nullptr : &at->second;
}

// A handful of peers: a search is as quick as an index, and cannot disagree with anything.
link_state::peer* link_state::by_id(host_id host) {
  for (auto& [name, each] : peers_)
    if (each.connection != 0 && each.id() == host)
      return &each;
  return nullptr;
}

link_state::peer* link_state::by_connection(connection_id connection) {
  for (auto& [name, each] : peers_)
    if (each.connection == connection)
      return &each;
  return nullptr;
}

bool link_state::is_up(host_id host) const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [&](const auto& each) { return each.second.up() && each.second.id() == host; });
}

const wire::peer_hello* link_state::hello_of(const std::string& name) const {
  auto at = peers_.find(name);
  return at == peers_.end() || at->second.connection == 0 ? nullptr : &at->second.hello;
}

std::map<host_id, wire::gateway_room> link_state::rooms() const {
  std::map<host_id, wire::gateway_room> out;
  for (const auto& [name, each] : peers_)
    if (each.connection != 0 && each.room)
      out[each.id()] = each.up() ? *each.room : wire::gateway_room();
  return out;
}

std::size_t link_state::queued_bytes(host_id host) const {
  for (const auto& [name, each] : peers_)
    if (each.connection != 0 && each.id() == host)
      return each.queue.bytes();
  return 0;
}

std::string link_state::describe() const {
  std::string out;
  for (const auto& [name, each] : peers_) {
    out += name;
    if (each.connection == 0) {
      out += " down\n";
      continue;
    }
    out += each.suspected ? " suspected" : " up";
    out += " queued=" + number(each.queue.bytes());
    out += " on_the_way=" + number(each.sent - each.acknowledged) + "\n";
  }
  return out;
}

std::vector<peer_picture> link_state::peers_now(tick_time now) const {
  std::vector<peer_picture> out;
  for (const auto& [name, each] : peers_) {
    peer_picture& picture = out.emplace_back();
    picture.name = name;
    picture.up = each.up();
    picture.items_dropped = each.dropped;
    picture.trouble = each.told;
    if (each.connection == 0)
      continue;
    picture.heard_ago = std::chrono::duration_cast<std::chrono::microseconds>(now - each.last_heard);
    picture.queued_bytes = each.queue.bytes();
    picture.unacknowledged_bytes = each.sent - each.acknowledged;
    picture.bytes_sent = each.sent;
    picture.bytes_received = each.received;
  }
  return out;
}

}  // namespace carillon::cluster
