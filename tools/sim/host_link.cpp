// The part of a simulated host that speaks to other hosts: link_state decides, this carries out, as
// actors/link/link_actor does over CAF.
#include <algorithm>

#include "actors/raft_words.hpp"
#include "tools/sim/host.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {
namespace {

machine_number number_of(const world& in, const std::string& name) {
  for (const auto& each : in.machines)
    if (each->name() == name)
      return each->number();
  return 0;
}

wire::peer_reply refusal(const error& why) {
  wire::peer_reply reply;
  reply.set_errc(static_cast<std::uint32_t>(why.code) + 1);
  reply.set_detail(why.detail);
  return reply;
}

}  // namespace

// ---- from the network ---------------------------------------------------------------------------

void host::connected(wire_id wire, machine_number peer, bool dialed) {
  link_.connected(wire, dialed ? world_.machines[peer]->name() : std::string(), steady_now());
  carry_out_link();
}

void host::dial_failed(machine_number peer) {
  link_.dial_failed(world_.machines[peer]->name(), "unreachable", steady_now());
  carry_out_link();
}

void host::frame_arrived(wire_id wire, const std::string& frame) {
  link_.frame_arrived(wire, frame, steady_now());
  carry_out_link();
}

void host::closed(wire_id wire) {
  link_.closed(wire, "reset", steady_now());
  carry_out_link();
}

// ---- to the network -----------------------------------------------------------------------------

void host::flush_soon() {
  if (std::exchange(flush_soon_, true))
    return;
  later(0, [this] {
    flush_soon_ = false;
    carry_out_link();
  });
}

void host::carry_out_link() {
  link_.flush();
  while (link_.has_effects()) {
    auto what = link_.take_effects();
    for (auto& frame : what.frames)
      world_.wires.send(machine_.number(), frame.connection, std::move(frame.bytes));
    for (auto wire : what.close)
      world_.wires.close(machine_.number(), wire);
    for (const auto& to : what.dial)
      world_.wires.dial(machine_.number(), number_of(world_, to.name));
    if (what.hellos_changed)
      learn_cluster();
    for (raft::member_id down : what.down)
      locator_.lost(down);
    for (const auto& arrived : what.arrived)
      take(arrived);
    for (auto& answer : what.answers)
      if (auto open = questions_.extract(answer.cookie))
        open.mapped()(std::move(answer.reply));
    for (const auto& lost : what.missed) {
      std::vector<slot_id> concerned;
      for (auto number : lost.slots)
        concerned.push_back(static_cast<slot_id>(number));
      for (slot_id number = 0; number < slots(); ++number)
        if (lost.slots.empty() && locator_.of(number).leader == lost.from)
          concerned.push_back(number);
      hub_.recover(concerned);
    }
    link_.flush();
  }
}

void host::send_raft(slot_id slot, std::vector<raft::message> messages) {
  std::stable_sort(messages.begin(), messages.end(),
                   [](const auto& a, const auto& b) { return a.to < b.to; });
  std::vector<raft::message> batch;
  for (auto at = messages.begin(); at != messages.end();) {
    const raft::member_id to = at->to;
    batch.clear();
    bool only_asks = true;
    for (; at != messages.end() && at->to == to; ++at) {
      only_asks &= at->kind == raft::message_kind::read_check;
      batch.push_back(std::move(*at));
    }
    raft_line::item item{to, slot, encode_raft(batch)};
    if (!only_asks || line_.may_go(item))
      link_.send(to, wire::ITEM_RAFT, slot, std::move(item.body));
  }
  flush_soon();
}

void host::send_all(std::vector<raft_line::item> items) {
  for (auto& each : items)
    link_.send(each.to, wire::ITEM_RAFT, each.group, std::move(each.body));
  if (!items.empty())
    flush_soon();
}

void host::send_events(raft::member_id to, slot_id slot, shared_events events) {
  if (to == self())
    return later(0, [this, events = std::move(events)] { hub_.delivered(*events); });
  link_.send(to, wire::ITEM_EVENTS, slot, events->SerializeAsString());
  flush_soon();
}

void host::ask_peer(raft::member_id to, slot_id slot, const wire::peer_request& what,
                    std::chrono::milliseconds patience, peer_then then) {
  const std::uint64_t cookie = ++last_cookie_;
  questions_.emplace(cookie, std::move(then));
  link_.ask(to, slot, what.SerializeAsString(), patience, cookie, steady_now());
  flush_soon();
}

void host::pull(slot_id slot, raft::member_id from, const wire::fetch_chunk& what,
                std::function<void(result<wire::chunk>)> then) {
  wire::peer_request question;
  *question.mutable_fetch() = what;
  ask_peer(from, slot, question, std::chrono::seconds(2),
           [then = std::move(then)](wire::peer_reply reply) {
             if (reply.errc() != 0)
               then(error{static_cast<errc>(reply.errc() - 1), reply.detail()});
             else
               then(std::move(*reply.mutable_chunk()));
           });
}

// ---- items of peers -----------------------------------------------------------------------------

void host::take(const cluster::arrival& arrived) {
  const auto number = static_cast<slot_id>(arrived.item.slot());
  if (number >= slots_.size())
    return;
  switch (arrived.item.kind()) {
    case wire::ITEM_RAFT:
      return take_raft(number, arrived.from, arrived.item.body());
    case wire::ITEM_REQUEST:
      return answer_peer(arrived);
    case wire::ITEM_EVENTS: {
      wire::event_batches events;
      if (events.ParseFromString(arrived.item.body()))
        hub_.delivered(events);
      return;
    }
    case wire::ITEM_NOTIFICATION:
      return take_notification(arrived.item.body());
    case wire::ITEM_NOMINATION: {
      wire::nomination what;
      if (what.ParseFromString(arrived.item.body()))
        take_nomination(number, what);
      return;
    }
    default:
      return;
  }
}

// Behind the link Raft's messages are at the mercy of the weather: a link that drops what it cannot
// carry, and connections that overtake one another, make loss and disorder of whole batches; cores
// must bear any of it.
void host::take_raft(slot_id number, raft::member_id from, const std::string& body) {
  if (!slots_[number])
    return;
  auto messages = decode_raft(body);
  if (!messages)
    return;
  auto step_later = [this, number, from](sim_time delay, raft::message message) {
    later(delay, [this, number, from, message = std::move(message)]() mutable {
      std::vector<raft::message> one;
      one.push_back(std::move(message));
      step_group(number, from, std::move(one));
    });
  };
  const auto flaky = static_cast<std::uint64_t>(world_.wires.flakiness());
  if (flaky == 0)
    return step_group(number, from, std::move(*messages));
  std::vector<raft::message> intact;
  for (auto& each : *messages) {
    const std::uint64_t dice = chance().below(3'000);
    if (dice < flaky) {
      count().messages_lost += 1;
    } else if (dice < 2 * flaky) {
      count().messages_late += 1;
      step_later(chance().below(400) * millisecond, std::move(each));
    } else {
      if (dice < 3 * flaky) {
        count().messages_repeated += 1;
        step_later(chance().below(400) * millisecond, each);
      }
      intact.push_back(std::move(each));
    }
  }
  if (!intact.empty())
    step_group(number, from, std::move(intact));
}

// As the link does: what it can answer for the replica never gets there.
void host::step_group(slot_id number, raft::member_id from, std::vector<raft::message> messages) {
  if (auto answers = raft_line::answer(self(), followed_.term_of(number), messages); !answers.empty()) {
    count().affirmed += answers.size();
    send_all({{from, number, encode_raft(answers)}});
  }
  if (raft_line::holds_answer(messages))
    send_all(line_.answered(from, number));
  if (slots_[number] && !messages.empty())
    slots_[number]->step(std::move(messages));
}

void host::answer_peer(const cluster::arrival& asked) {
  const auto number = static_cast<slot_id>(asked.item.slot());
  // Who asked, and where: what was asked is not needed for the answer.
  auto asker = std::make_shared<cluster::arrival>();
  asker->from = asked.from;
  asker->incarnation = asked.incarnation;
  asker->item.set_slot(asked.item.slot());
  asker->item.set_id(asked.item.id());
  auto reply = [this, asker = std::move(asker)](const wire::peer_reply& answer) {
    link_.reply(*asker, answer.SerializeAsString());
    flush_soon();
  };
  auto refuse = [this, reply, number](const error& why) {
    wire::peer_reply answer = refusal(why);
    if (why.code == errc::not_owner)
      answer.set_leader(locator_.of(number).leader);
    reply(answer);
  };
  wire::peer_request request;
  if (!slots_[number] || !request.ParseFromString(asked.item.body()))
    return refuse(make_error(errc::not_owner));
  switch (request.what_case()) {
    case wire::peer_request::kChannel:
      return slots_[number]->request(
          std::make_shared<const wire::channel_request>(std::move(*request.mutable_channel())),
          [reply, refuse](wire::channel_reply answer) {
            if (answer.errc() == static_cast<std::uint32_t>(errc::not_owner) + 1)
              return refuse(make_error(errc::not_owner));
            wire::peer_reply out;
            *out.mutable_channel() = std::move(answer);
            reply(out);
          });
    case wire::peer_request::kUser:
      return answer_user(number, std::move(*request.mutable_user()), reply, refuse);
    case wire::peer_request::kInterest:
      return slots_[number]->interest(asked.from, request.interest(),
                                      [reply, refuse](result<wire::interest_answer> answer) {
                                        if (!answer)
                                          return refuse(answer.error());
                                        wire::peer_reply out;
                                        *out.mutable_interest() = std::move(*answer);
                                        reply(out);
                                      });
    case wire::peer_request::kFetch:
      return slots_[number]->fetch(asked.from, request.fetch(),
                                   [reply, refuse](result<wire::chunk> answer) {
                                     if (!answer)
                                       return refuse(answer.error());
                                     wire::peer_reply out;
                                     *out.mutable_chunk() = std::move(*answer);
                                     reply(out);
                                   });
    case wire::peer_request::kMembers:
      return slots_[number]->tell_members([reply, refuse](result<wire::slot_members> said) {
        if (!said)
          return refuse(said.error());
        wire::peer_reply out;
        *out.mutable_members() = std::move(*said);
        reply(out);
      });
    case wire::peer_request::kMeta:
      return answer_meta(request.meta(), reply, refuse);
    default:
      return refuse(make_error(errc::unknown_method));
  }
}

// What is asked of users may come twice, long after it was answered the first time: whoever asked was
// told nothing in time and asked again, and the first question was only late.
void host::answer_user(slot_id number, wire::user_request request, const call_then& reply,
                       const std::function<void(const error&)>& refuse) {
  auto what = std::make_shared<const wire::user_request>(std::move(request));
  const auto flaky = static_cast<std::uint64_t>(world_.wires.flakiness());
  if (what->has_delivery() && flaky > 0 && chance().below(1'000) < flaky) {
    count().sync.deliveries_repeated += 1;
    later(chance().below(1'500) * millisecond, [this, number, what] {
      if (slots_[number])
        slots_[number]->request(what, user_answer([](const wire::user_reply&) {}));
    });
  }
  slots_[number]->request(what, [reply, refuse](wire::user_reply answer) {
    if (answer.errc() == static_cast<std::uint32_t>(errc::not_owner) + 1)
      return refuse(make_error(errc::not_owner));
    wire::peer_reply out;
    *out.mutable_user() = std::move(answer);
    reply(out);
  });
}

}  // namespace carillon::sim
