#include "actors/link/dispatch.hpp"

#include "actors/notify.hpp"
#include "actors/raft_words.hpp"
#include "actors/trace_notes.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

const caf::actor* replica_of(const host_services& host, std::uint32_t slot) {
  static const caf::actor none;
  if (slot < host.slots.size())
    return &host.slots[slot];
  if (slot == host.slots.size())
    return &host.meta;
  return nullptr;
}

// -- requests -------------------------------------------------------------------------------------

// An entity says not_owner inside its own reply; the asking host wants to know where to go instead.
template <class Reply>
bool refuse_not_owner(const host_services& host, std::uint32_t slot, const Reply& reply,
                      wire::peer_reply& out) {
  if (reply.errc() != static_cast<std::uint32_t>(errc::not_owner) + 1)
    return false;
  out = refusal(errc::not_owner, reply.detail());
  raft::member_id leader = host.where ? host.where->of(static_cast<slot_id>(slot)).leader : 0;
  out.set_leader(leader == host.self ? 0 : leader);
  return true;
}

auto when_gone(reply_function answer) {
  return [answer = std::move(answer)](const caf::error&) {
    answer(refusal(errc::not_owner, "the actor that was asked is gone"));
  };
}

std::string dispatch_inspection(caf::event_based_actor& link, const host_services& host,
                                wire::peer_request& request, const reply_function& answer) {
  if (!host.inspector) {
    answer(refusal(errc::not_owner, "this host is not looked into"));
    return {};
  }
  link.request(host.inspector, caf::infinite,
               inspect_request_box(std::move(*request.mutable_inspect())))
      .then(
          [answer](const inspect_reply_box& said) {
            wire::peer_reply reply;
            *reply.mutable_inspect() = *said;
            answer(std::move(reply));
          },
          when_gone(answer));
  return {};
}

std::string dispatch_request(caf::event_based_actor& link, const host_services& host,
                             const cluster::arrival& arrived, const reply_function& answer) {
  auto request = std::make_shared<wire::peer_request>();
  if (!request->ParseFromString(arrived.item.body())) {
    answer(refusal(errc::invalid_arguments, "a request that makes no sense"));
    return "a request that does not parse";
  }
  if (request->has_inspect())
    return dispatch_inspection(link, host, *request, answer);
  const std::uint32_t slot = arrived.item.slot();
  const caf::actor* replica = replica_of(host, slot);
  if (!replica) {
    answer(refusal(errc::invalid_arguments, "no such slot"));
    return "a request for a slot that does not exist";
  }
  if (request->what_case() == wire::peer_request::kMeta)
    replica = &host.meta;
  if (!*replica) {
    answer(refusal(errc::not_owner, "this host has no replica of that slot"));
    return {};
  }
  switch (request->what_case()) {
    case wire::peer_request::kChannel:
      if (is_traced(host, request->channel().by())) [[unlikely]]
        note_step(host, {.trace = request->channel().by().trace(),
                         .step = trace_step::request_in,
                         .detail = fmt::format("from {}", host_name(host, arrived.from)),
                         .slot = slot});
      link.request(*replica, caf::infinite,
                   channel_request_box(std::move(*request->mutable_channel()), steady_now()))
          .then(
              [&host, slot, answer](const channel_reply_box& reply) {
                wire::peer_reply out;
                if (!refuse_not_owner(host, slot, *reply, out))
                  *out.mutable_channel() = *reply;
                answer(std::move(out));
              },
              when_gone(answer));
      return {};
    case wire::peer_request::kUser:
      link.request(*replica, caf::infinite, user_request_box(std::move(*request->mutable_user())))
          .then(
              [&host, slot, answer](const user_reply_box& reply) {
                wire::peer_reply out;
                if (!refuse_not_owner(host, slot, *reply, out))
                  *out.mutable_user() = *reply;
                answer(std::move(out));
              },
              when_gone(answer));
      return {};
    case wire::peer_request::kMeta:
      link.request(*replica, caf::infinite, meta_request_box(std::move(*request->mutable_meta())))
          .then([answer](const peer_reply_box& reply) { answer(*reply); }, when_gone(answer));
      return {};
    case wire::peer_request::kInterest:
    case wire::peer_request::kFetch:
    case wire::peer_request::kMembers:
      link.request(*replica, caf::infinite,
                   peer_asks{arrived.from, static_cast<slot_id>(slot), std::move(request)})
          .then([answer](const peer_reply_box& reply) { answer(*reply); }, when_gone(answer));
      return {};
    case wire::peer_request::kInspect:
    case wire::peer_request::WHAT_NOT_SET:
      break;
  }
  answer(refusal(errc::unknown_method, "a request of a kind that this version does not know"));
  return "a request of an unknown kind";
}

// -- to replicas ----------------------------------------------------------------------------------

std::string dispatch_nomination(caf::event_based_actor& link, const host_services& host,
                                const wire::peer_item& item) {
  const caf::actor* replica = replica_of(host, item.slot());
  wire::nomination said;
  if (!replica || !said.ParseFromString(item.body()))
    return "a nomination that makes no sense";
  if (*replica)
    link.send(*replica, nominated{said.term(), said.lost(), said.transfer_to()});
  return {};
}

// -- to the hub and the host ----------------------------------------------------------------------

std::string dispatch_events(caf::event_based_actor& link, const host_services& host,
                            const cluster::arrival& arrived) {
  auto said = std::make_shared<wire::event_batches>();
  if (!said->ParseFromString(arrived.item.body()) || said->slot() >= host.slots.size())
    return "events that make no sense";
  if (!host.hub)
    return {};
  const auto slot = static_cast<slot_id>(said->slot());
  if (said->batches().empty()) {
    link.send(host.hub, events_missed{arrived.from, {slot}});
    return {};
  }
  event_delivery delivery{slot, {}};
  delivery.batches.reserve(static_cast<std::size_t>(said->batches_size()));
  for (const wire::channel_batch& batch : said->batches())
    delivery.batches.emplace_back(said, &batch);  // one block for all of them
  for (const wire::channel_batch& batch : said->batches())
    for (const wire::traced_event& marked : batch.traced())
      note_step(host, {.trace = marked.trace(),
                       .step = trace_step::event_in,
                       .detail = fmt::format("from {}", host_name(host, arrived.from)),
                       .slot = slot,
                       .channel = batch.channel_id(),
                       .seq = marked.seq()});
  link.send(host.hub, std::move(delivery));
  return {};
}

std::string dispatch_notification(caf::event_based_actor& link, const host_services& host,
                                  const wire::peer_item& item) {
  wire::peer_notification said;
  if (!said.ParseFromString(item.body()))
    return "a notification that does not parse";
  auto what = from_wire(said);
  if (std::holds_alternative<std::monostate>(what))
    return "a notification for nobody";
  if (!host.hub)
    return {};
  if (auto* frame = std::get_if<notification>(&what))
    link.send(host.hub, std::move(*frame));
  else if (auto* friends = std::get_if<friends_known>(&what))
    link.send(host.presence, std::move(*friends));
  else
    link.send(host.hub, std::get<membership_notice>(what));
  return {};
}

std::string dispatch_presence(caf::event_based_actor& link, const host_services& host,
                              const wire::peer_item& item) {
  wire::presence_news said;
  if (!said.ParseFromString(item.body()))
    return "presence that does not parse";
  presence_news news;
  for (const auto& [ids, users] : {std::pair(&said.active(), &news.active), std::pair(&said.away(), &news.away)})
    for (const std::string& id : *ids)
      if (auto user = entity_id::parse(id))
        users->push_back(*user);
  if (host.presence)
    link.send(host.presence, std::move(news));
  return {};
}

std::string dispatch_host_notice(caf::event_based_actor& link, const host_services& host,
                                 const wire::peer_item& item) {
  wire::host_notice said;
  if (!said.ParseFromString(item.body()))
    return "a notice that does not parse";
  // Hashes are bytes, and travel in hexadecimal: a string of Protobuf is text.
  auto forgotten = from_hex(said.forget_token());
  if (forgotten && !forgotten->empty() && host.forget_token)
    host.forget_token(*forgotten);
  auto ended = from_hex(said.end_sessions_of_token());
  if (ended && !ended->empty() && host.end_sessions_of_token)
    host.end_sessions_of_token(*ended);
  if (auto user = entity_id::parse(said.end_sessions_of_user())) {
    if (host.forget_user)
      host.forget_user(*user);
    if (host.end_sessions_of_user)
      host.end_sessions_of_user(*user);
  }
  if (said.has_marked())
    if (const caf::actor* replica = replica_of(host, said.marked().slot()); replica && *replica) {
      note_step(host, {.trace = said.marked().trace(),
                       .step = trace_step::entry_in,
                       .slot = said.marked().slot(),
                       .index = said.marked().index()});
      link.send(*replica, entry_marked{said.marked().term(), said.marked().index(),
                                       said.marked().trace()});
    }
  return {};
}

}  // namespace

wire::peer_reply refusal(errc why, std::string words) {
  wire::peer_reply out;
  out.set_errc(static_cast<std::uint32_t>(why) + 1);
  out.set_detail(std::move(words));
  return out;
}

std::optional<std::vector<raft::message>> read_raft(const host_services& host, const wire::peer_item& item,
                                                    std::string& trouble) {
  if (!replica_of(host, item.slot())) {
    trouble = "raft messages for a slot that does not exist";
    return std::nullopt;
  }
  auto messages = decode_raft(item.body());
  if (!messages)
    trouble = "raft messages that do not parse";
  return messages;
}

void deliver_raft(caf::event_based_actor& link, const host_services& host, std::uint32_t group,
                  std::vector<raft::message> messages) {
  if (const caf::actor* replica = replica_of(host, group); replica && *replica)
    link.send(*replica, raft_received{std::move(messages)});
}

std::string dispatch(caf::event_based_actor& link, const host_services& host,
                     cluster::arrival& arrived, reply_function answer) {
  switch (arrived.item.kind()) {
    case wire::ITEM_REQUEST:
      return dispatch_request(link, host, arrived, answer);
    case wire::ITEM_EVENTS:
      return dispatch_events(link, host, arrived);
    case wire::ITEM_NOTIFICATION:
      return dispatch_notification(link, host, arrived.item);
    case wire::ITEM_NOMINATION:
      return dispatch_nomination(link, host, arrived.item);
    case wire::ITEM_PRESENCE:
      return dispatch_presence(link, host, arrived.item);
    case wire::ITEM_HOST_NOTICE:
      return dispatch_host_notice(link, host, arrived.item);
    default:
      return "an item of a kind that this version does not know";
  }
}

}  // namespace carillon
