// link_state's second half: items, envelopes, windows and questions.
#include <algorithm>
#include <utility>

#include "runtime/base/result.hpp"
#include "runtime/cluster/frame.hpp"
#include "runtime/cluster/link_state.hpp"

namespace carillon::cluster {
namespace {

wire::peer_item make_item(wire::item_kind kind, std::uint32_t slot, std::uint64_t id,
                          std::string body) {
  wire::peer_item item;
  item.set_kind(kind);
  item.set_slot(slot);
  item.set_id(id);
  item.set_body(std::move(body));
  return item;
}

}  // namespace

// -- from the house -------------------------------------------------------------------------------

void link_state::send(host_id to, wire::item_kind kind, std::uint32_t slot, std::string body) {
  if (to != 0) {
    if (peer* only = by_id(to))
      put(*only, make_item(kind, slot, 0, std::move(body)));
    return;
  }
  for (auto& [name, each] : peers_)
    if (each.connection != 0)
      put(each, make_item(kind, slot, 0, body));
}

void link_state::ask(host_id to, std::uint32_t slot, std::string request,
                     std::chrono::milliseconds patience, std::uint64_t cookie, tick_time now) {
  peer* asked = by_id(to);
  if (!asked || !asked->up()) {
    answer(cookie, errc::not_owner, "that host is not connected");
    return;
  }
  std::uint64_t id = ++last_question_;
  if (!put(*asked, make_item(wire::ITEM_REQUEST, slot, id, std::move(request)))) {
    answer(cookie, errc::overloaded, "too much waits for that host");
    return;
  }
  questions_[id] = {cookie, asked, now + patience};
}

void link_state::reply(const arrival& asked, std::string reply) {
  peer* to = by_id(asked.from);
  if (to && to->incarnation() == asked.incarnation)
    put(*to, make_item(wire::ITEM_REPLY, asked.item.slot(), asked.item.id(), std::move(reply)));
}

void link_state::leads(std::uint32_t slot, std::uint64_t term) {
  if (term != 0) {
    led_[slot] = term;
    return;
  }
  led_.erase(slot);
  loads_.erase(slot);
}

void link_state::works(std::uint32_t slot, std::uint32_t load) {
  if (load == 0)
    loads_.erase(slot);
  else
    loads_[slot] = load;
}

void link_state::takes_clients(std::uint32_t open, std::uint32_t limit) {
  room_.set_open(open);
  room_.set_limit(limit);
}

void link_state::set_generation(std::uint64_t generation) {
  generation_ = generation;
}

bool link_state::put(peer& to, wire::peer_item&& item) {
  const wire::item_kind kind = item.kind();
  const std::uint32_t slot = item.slot();
  auto outcome = to.queue.push(std::move(item));
  counters_.raft_dropped += outcome.raft_dropped;
  to.dropped += outcome.raft_dropped;
  if (outcome.taken)
    return true;
  ++to.dropped;
  switch (kind) {
    case wire::ITEM_RAFT:
      ++counters_.raft_dropped;
      break;
    case wire::ITEM_EVENTS:
      ++counters_.events_dropped;
      to.missed.insert(slot);
      break;
    case wire::ITEM_REQUEST:
      ++counters_.requests_refused;
      break;
    default:
      ++counters_.others_dropped;
  }
  return false;
}

// -- envelopes ------------------------------------------------------------------------------------

void link_state::flush() {
  for (auto& [name, each] : peers_)
    if (each.connection != 0)
      flush(each);
}

void link_state::flush(peer& to) {
  auto is_void = [this](const wire::peer_item& item) {  // nobody waits for the answer any more
    return item.kind() == wire::ITEM_REQUEST && !questions_.count(item.id());
  };
  auto window_open = [&] { return to.sent - to.acknowledged < options_.window_bytes; };
  // Where events fell out, an empty batch says so, once there is room again.
  while (!to.missed.empty() && window_open()) {
    wire::event_batches nothing;
    nothing.set_slot(*to.missed.begin());
    auto notice = make_item(wire::ITEM_EVENTS, *to.missed.begin(), 0, nothing.SerializeAsString());
    if (!to.queue.push(std::move(notice)).taken)
      break;
    to.missed.erase(to.missed.begin());
  }
  while (window_open() && !to.queue.empty()) {
    wire::peer_envelope envelope;
    std::size_t bytes = to.queue.fill(envelope, options_.envelope_bytes, is_void);
    if (bytes == 0)
      break;
    envelope.set_sequence(++to.sequence_out);
    to.sent += bytes;
    counters_.bytes_out += bytes;
    send_envelope(to, std::move(envelope));
  }
  if (to.beat_due || to.received - to.told_received >= options_.window_bytes / 4)
    send_envelope(to, {});
}

void link_state::send_envelope(peer& to, wire::peer_envelope&& envelope) {
  envelope.set_from(myself_.member().store_id());
  envelope.set_from_incarnation(myself_.member().incarnation());
  envelope.set_to_incarnation(to.incarnation());
  envelope.set_received_bytes(to.received);
  envelope.set_generation(generation_);
  to.told_received = to.received;
  if (std::exchange(to.beat_due, false)) {
    wire::led_slots& led = *envelope.mutable_led();
    for (const auto& [slot, term] : led_) {
      led.add_slots(slot);
      led.add_terms(term);
      auto load = loads_.find(slot);
      if (!loads_.empty())
        led.add_loads(load == loads_.end() ? 0 : load->second);
    }
    *envelope.mutable_room() = room_;
  }
  ++counters_.envelopes_out;
  out_.frames.push_back({to.connection, encode_frame(envelope)});
}

void link_state::envelope_arrived(peer& from, wire::peer_envelope&& envelope, tick_time now) {
  if (envelope.from() != from.id() || envelope.from_incarnation() != from.incarnation() ||
      envelope.to_incarnation() != myself_.member().incarnation()) {
    ++counters_.stale_envelopes;  // from, or to, a process that is gone
    return;
  }
  bool has_items = envelope.items_size() > 0;
  bool in_order = has_items ? envelope.sequence() == from.sequence_in + 1 : envelope.sequence() == 0;
  if (!in_order || envelope.received_bytes() > from.sent ||
      envelope.led().slots_size() != envelope.led().terms_size() ||
      (envelope.led().loads_size() != 0 &&
       envelope.led().loads_size() != envelope.led().slots_size())) {
    ++counters_.bad_frames;
    say_hello(from.connection, "an envelope that cannot be");
    out_.close.push_back(from.connection);
    lose(from, "an envelope that cannot be: out of order, or with wrong counts", now);
    return;
  }
  ++counters_.envelopes_in;
  from.last_heard = now;
  from.heard = true;
  if (std::exchange(from.suspected, false)) {
    out_.missed.push_back({from.id(), {}});
    out_.notes.push_back({note::severity::info, "heard of " + from.address.name + " again"});
  }
  from.acknowledged = std::max(from.acknowledged, envelope.received_bytes());
  from.generation = std::max(from.generation, envelope.generation());
  if (envelope.has_led()) {
    from.led.Swap(envelope.mutable_led());
    from.led_is_new = true;
    if (envelope.has_room())
      from.room = envelope.room();
    else
      from.room.reset();
  }
  if (has_items)
    ++from.sequence_in;
  for (wire::peer_item& item : *envelope.mutable_items()) {
    std::size_t cost = cost_of(item);
    from.received += cost;
    counters_.bytes_in += cost;
    if (item.kind() == wire::ITEM_REPLY)
      reply_arrived(from, item);
    else
      out_.arrived.push_back({from.id(), from.incarnation(), std::move(item)});
  }
}

// -- questions ------------------------------------------------------------------------------------

void link_state::reply_arrived(peer& from, const wire::peer_item& item) {
  auto at = questions_.find(item.id());
  if (at == questions_.end() || at->second.to != &from)
    return;  // it came too late, or makes no sense
  question_answer answered{at->second.cookie, {}};
  questions_.erase(at);
  if (!answered.reply.ParseFromString(item.body())) {
    ++counters_.bad_frames;
    answered.reply.Clear();
    answered.reply.set_errc(static_cast<std::uint32_t>(errc::not_owner) + 1);
    answered.reply.set_detail("an answer that makes no sense");
  }
  out_.answers.push_back(std::move(answered));
}

void link_state::answer(std::uint64_t cookie, errc why, std::string words) {
  question_answer refused{cookie, {}};
  refused.reply.set_errc(static_cast<std::uint32_t>(why) + 1);
  refused.reply.set_detail(std::move(words));
  out_.answers.push_back(std::move(refused));
}

void link_state::refuse_questions(peer& to) {
  for (auto at = questions_.begin(); at != questions_.end();) {
    if (at->second.to != &to) {
      ++at;
      continue;
    }
    answer(at->second.cookie, errc::not_owner, "the connection to that host broke");
    at = questions_.erase(at);
  }
}

void link_state::give_up_waiting(tick_time now) {
  for (auto at = questions_.begin(); at != questions_.end();) {
    if (now < at->second.until) {
      ++at;
      continue;
    }
    answer(at->second.cookie, errc::timed_out, "that host did not answer in time");
    at = questions_.erase(at);
  }
}

}  // namespace carillon::cluster
