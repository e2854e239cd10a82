// The part of the inspector that looks at one entity: at the leader of its slot, wherever that is.
// Memory is described by whoever has it, the rest is read from the tables, so that what sleeps is not
// woken and what hangs still shows its history.
#include <algorithm>

#include "actors/inspect/inspector_shell.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::uint32_t members_shown = 100;
constexpr int leader_tries = 8;  // a failover takes about a second
constexpr std::chrono::milliseconds leader_pause{150};

using sort = entity_name::sort;

bool is_not_owner(const wire::inspect_reply& reply) {
  return reply.errc() == static_cast<std::uint32_t>(errc::not_owner) + 1;
}

void hide_texts(wire::chat_message& message) {
  for (auto* text : {message.mutable_text(), message.mutable_blocks(), message.mutable_attachments(),
                     message.mutable_metadata(), message.mutable_topic(), message.mutable_purpose()})
    text->clear();
}

result<wire::entity_picture> read_channel(const storage::message_store& stored, const entity_id& id,
                                          const wire::inspect_entity& asked) {
  wire::entity_picture out;
  auto facts = stored.facts(id);
  if (!facts)
    return facts.error();
  if (!*facts)
    return errc::channel_not_found;
  wire::channel_details& details = *out.mutable_channel();
  auto members = stored.members(id);
  if (!members)
    return members.error();
  details.set_member_count(static_cast<std::uint32_t>(members->size()));
  for (std::size_t i = 0; i < members->size() && i < members_shown; ++i)
    details.add_members((*members)[i].user_id());
  auto tail = stored.tail(id);
  if (!tail)
    return tail.error();
  details.set_last_seq(tail->last_seq);
  details.set_last_ts(tail->last_ts);
  if (asked.tail() > 0) {
    wire::read_history newest;
    newest.set_limit(asked.tail());
    auto page = stored.history(id, newest);
    if (!page)
      return page.error();
    for (wire::chat_message& message : page->messages) {
      if (!asked.with_text())
        hide_texts(message);
      *details.add_tail() = std::move(message);
    }
  }
  *details.mutable_facts() = std::move(**facts);
  return out;
}

result<wire::entity_picture> read_user(const storage::message_store& stored, const entity_id& id) {
  wire::entity_picture out;
  auto settings = stored.user_settings(id);
  if (!settings)
    return settings.error();
  auto channels = stored.user_channels(id);
  if (!channels)
    return channels.error();
  auto pushes = stored.pushes_near(id).user(id);
  if (!pushes)
    return pushes.error();
  wire::user_details& details = *out.mutable_user();
  const wire::push_user said = pushes->value_or(wire::push_user());
  for (const auto& target : said.targets()) {
    auto& device = *details.add_push_devices();
    device.set_device(target.device());
    device.set_provider(target.provider());
    device.set_since(target.registered());
  }
  details.set_manual_away(*settings && (*settings)->away());
  details.set_channel_count(static_cast<std::uint32_t>(std::count_if(
      channels->begin(), channels->end(), [](const auto& row) { return row.member(); })));
  return out;
}

// What the slot said over what the tables hold.
wire::entity_picture together(wire::entity_picture tables, const wire::entity_picture& said) {
  if (said.channel().has_facts())
    tables.mutable_channel()->clear_facts();  // lists in them would be there twice
  if (said.has_user())
    tables.mutable_user()->clear_manual_away();
  tables.MergeFrom(said);
  return tables;
}

}  // namespace

// ---- at the leader ----------------------------------------------------------------------------

void inspector_actor::ask_leader(slot_id slot, wire::inspect_request what, bool here,
                                 std::function<void(reply_then)> ask_here, reply_then then,
                                 int tries) {
  if (here)
    return ask_here(std::move(then));
  auto again = [=, this](wire::inspect_reply reply) {
    if (!is_not_owner(reply) || tries <= 1)
      return then(std::move(reply));
    delayed_send(this, leader_pause, run_later{[=, this] {
                   ask_leader(slot, what, here, ask_here, then, tries - 1);
                 }});
  };
  const raft::member_id leader = host_.where ? host_.where->of(slot).leader : host_.self;
  if (leader == host_.self)
    return ask_here(again);
  if (leader == 0)
    return again(refusal_of(errc::not_owner, "the slot has no leader that this host knows of"));
  ask_peer_host({name_of_member(*view(), leader), leader}, what, again);
}

void inspector_actor::look_at_entity(const wire::inspect_entity& asked, bool here,
                                     reply_then then) {
  auto name = parse_entity_name(asked.name());
  if (!name)
    return then(refusal_of(name.error().code, name.error().detail));
  if (name->is_called())
    return with_id(std::move(*name), [=, this](const result<entity_name>& known) {
      if (!known)
        return then(refusal_of(known.code(), known.error().detail));
      wire::inspect_entity by_id = asked;
      by_id.set_name(known->text());
      look_at_entity(by_id, here, then);
    });
  here |= asked.this_host();
  wire::inspect_request what;
  *what.mutable_entity() = asked;
  what.mutable_entity()->set_this_host(true);
  if (name->what == sort::sessions)
    return look_at_sessions(name->id, what, here, std::move(then));
  if (name->what == sort::hub || name->what == sort::session) {
    if (here || name->host == own_name(host_.config))
      return name->what == sort::hub ? look_at_hub(std::move(then))
                                     : look_at_session(name->connection, std::move(then));
    const auto all = peers();
    auto found = std::find_if(all.begin(), all.end(),
                              [&](const peer& each) { return each.name == name->host; });
    if (found == all.end())
      return then(refusal_of(errc::not_found, "no host of that name"));
    return ask_peer_host(*found, what, std::move(then));
  }
  if (host_.slots.empty() || name->slot > host_.slots.size())
    return then(refusal_of(errc::not_found, "no such slot"));
  if (name->what == sort::slot) {
    const auto slot = static_cast<slot_id>(name->slot);
    return ask_leader(slot, what, here, [this, slot](reply_then answer) {
      look_at_slot_here(slot, std::move(answer));
    }, [this, slot, here, then](wire::inspect_reply reply) {
      // Without a leader, the replica here is what there is to see.
      if (reply.errc() == 0 || here)
        return then(std::move(reply));
      look_at_slot_here(slot, then);
    }, leader_tries);
  }
  const entity_id id = name->id;
  const slot_id slot = host_.slot_of(id);
  ask_leader(slot, what, here, [this, id, asked](reply_then answer) {
    look_at_entity_here(id, asked, true, std::move(answer));
  }, [this, id, asked, here, then](wire::inspect_reply reply) {
    const bool final = reply.errc() == 0 || here || !host_.slots[host_.slot_of(id)] ||
                       reply.errc() == static_cast<std::uint32_t>(errc::channel_not_found) + 1;
    if (final)
      return then(std::move(reply));
    // Nobody who leads it can be reached: what the tables of this host's replica hold is better than
    // nothing, and says that it is no more than that.
    const std::string why = reply.detail();
    look_at_entity_here(id, asked, false, [then, why](wire::inspect_reply second) {
      if (second.errc() == 0)
        second.mutable_entity()->set_trouble(
            why.empty() ? "no leader was reached: from the tables of the asked host"
                        : why + ": from the tables of the asked host");
      then(std::move(second));
    });
  }, leader_tries);
}

// ---- here -------------------------------------------------------------------------------------

void inspector_actor::look_at_slot_here(slot_id slot, reply_then then) {
  const caf::actor& replica = slot < host_.slots.size() ? host_.slots[slot] : host_.meta;
  if (!replica)
    return then(refusal_of(errc::not_owner, "this host has no replica of that slot"));
  auto said = gathering<wire::entity_picture>::begin(
      *this, 1, local_patience,
      [this, slot, then](gathering<wire::entity_picture>::answers all) {
        if (all[0])
          return then(reply_of(std::move(*all[0])));
        wire::entity_picture mute;
        mute.set_name("slot/" + std::to_string(slot));
        mute.set_host(own_name(host_.config));
        mute.set_slot(slot);
        mute.set_mailbox_wait(micros_between({}, tick_time(local_patience)));
        mute.set_trouble("it does not answer");
        then(reply_of(std::move(mute)));
      });
  request(replica, caf::infinite, describe{steady_now(), {}, 0, false})
      .then([said](const entity_picture_box& picture) { said->answered(0, *picture); },
            [said](const caf::error&) { said->refused(0); });
}

void inspector_actor::look_at_entity_here(const entity_id& id, const wire::inspect_entity& asked,
                                          bool must_lead, reply_then then) {
  const caf::actor& slot = host_.slot_for(id);
  if (!slot)
    return then(refusal_of(errc::not_owner, "this host has no replica of its slot"));
  using answer = result<wire::entity_picture>;
  auto both = gathering<answer>::begin(
      *this, 2, local_patience,
      [this, id, must_lead, then](gathering<answer>::answers all) {
        wire::entity_picture said;
        if (all[0] && *all[0]) {
          said = std::move(**all[0]);
        } else {  // its slot is busy or stuck
          said.set_name(id.is_channel() ? "channel/" : "user/");
          said.mutable_name()->append(id.text());
          said.set_slot(host_.slot_of(id));
          if (!host_.where || host_.where->is_here(host_.slot_of(id)))
            said.set_host(own_name(host_.config));
          said.set_mailbox_wait(micros_between({}, tick_time(local_patience)));
          said.set_trouble("its slot does not answer");
        }
        if (must_lead && said.host().empty())
          return then(refusal_of(errc::not_owner, "this host does not lead its slot"));
        if (!all[1]) {
          said.set_trouble(said.trouble().empty() ? "the tables do not answer" : said.trouble());
          return then(reply_of(std::move(said)));
        }
        if (!*all[1]) {
          if (all[1]->code() == errc::channel_not_found)
            return then(refusal_of(errc::channel_not_found, "no such channel"));
          said.set_trouble(all[1]->error().describe());
          return then(reply_of(std::move(said)));
        }
        then(reply_of(together(std::move(**all[1]), said)));
      });
  request(slot, caf::infinite, describe{steady_now(), id, asked.tail(), asked.with_text()})
      .then([both](const entity_picture_box& said) { both->answered(0, *said); },
            [both](const caf::error&) { both->refused(0); });
  ask_reader(
      this, host_, id,
      [id, asked](const storage::message_store& stored) {
        return id.is_channel() ? read_channel(stored, id, asked) : read_user(stored, id);
      },
      [both](answer found) { both->answered(1, std::move(found)); });
}

void inspector_actor::look_at_hub(reply_then then) {
  auto said = gathering<wire::entity_picture>::begin(
      *this, 1, local_patience,
      [then](gathering<wire::entity_picture>::answers all) {
        if (all[0])
          return then(reply_of(std::move(*all[0])));
        then(refusal_of(errc::timed_out, "the hub does not answer"));
      });
  request(host_.hub, caf::infinite, describe{steady_now(), {}, 0, false})
      .then([said](const entity_picture_box& picture) { said->answered(0, *picture); },
            [said](const caf::error&) { said->refused(0); });
}

// ---- an operator's wish -----------------------------------------------------------------------

void inspector_actor::carry_out(const wire::operate& wish, bool here, reply_then then) {
  auto name = parse_entity_name(wish.entity());
  if (!name || (name->what != sort::channel && name->what != sort::user) || host_.slots.empty())
    return then(refusal_of(errc::invalid_arguments, "entity is channel/C… or user/U…"));
  if (name->is_called())
    return with_id(std::move(*name), [=, this](const result<entity_name>& known) {
      if (!known)
        return then(refusal_of(known.code(), known.error().detail));
      wire::operate by_id = wish;
      by_id.set_entity(known->text());
      carry_out(by_id, here, then);
    });
  wire::inspect_request what;
  *what.mutable_operate() = wish;
  const entity_id id = name->id;
  ask_leader(host_.slot_of(id), what, here, [this, id, wish](reply_then answer) {
    const caf::actor& slot = host_.slot_for(id);
    if (!slot)
      return answer(refusal_of(errc::not_owner, "this host has no replica of its slot"));
    auto said = gathering<wire::inspect_reply>::begin(
        *this, 1, local_patience, [answer](gathering<wire::inspect_reply>::answers all) {
          answer(all[0] ? std::move(*all[0])
                        : refusal_of(errc::timed_out, "its slot does not answer; it may be done yet"));
        });
    log_info("inspector", "an operator: {} {} {} s", wish.entity(),
             wire::operate::action_Name(wish.what()), wish.seconds());
    request(slot, caf::infinite,
            operate_entity{id, wish.what(), std::chrono::seconds(wish.seconds())})
        .then([said](const entity_picture_box& picture) { said->answered(0, reply_of(*picture)); },
              [said](const caf::error&) {
                said->answered(0, refusal_of(errc::not_owner, "its slot is led elsewhere"));
              });
  }, std::move(then), leader_tries);
}

}  // namespace carillon
