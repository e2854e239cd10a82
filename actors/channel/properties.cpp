#include "actors/channel/properties.hpp"

#include <utility>

#include "actors/channel/change_draft.hpp"
#include "actors/channel/channel_texts.hpp"

namespace carillon::properties {
namespace {

// Facts travel with every change of membership, so the names of long ago are dropped.
constexpr int previous_names_kept = 16;

constexpr std::uint64_t microseconds = 1'000'000;

status check_note(const channel_state& state, const wire::caller& by, const std::string& value) {
  if (auto member = state.check_member(by); !member)
    return member;
  if (auto may = state.check_changeable(); !may)
    return may;
  if (count_characters(value) > state.config().limits.topic_max_characters)
    return errc::too_long;
  return state.check_room();
}

void write_note(wire::channel_note& note, const wire::caller& by, const std::string& value,
                timestamp now) {
  note.set_value(value);
  note.set_creator(by.user_id());
  note.set_last_set(now / microseconds);
}

std::string deed(std::string_view what, const std::string& value) {
  std::string out;
  if (value.empty())
    out.append("cleared the channel ").append(what);
  else
    out.append("set the channel ").append(what).append(": ").append(value);
  return out;
}

channel_decision done(change_draft& draft) {
  channel_decision out = draft.finish();
  out.reply.set_is_member(true);
  return out;
}

channel_decision already(const channel_state& state, const wire::caller& by) {
  channel_decision out = unchanged(state, by);
  out.reply.set_already(true);
  return out;
}

}  // namespace

channel_outcome rename(channel_state& state, const wire::caller& by,
                       const wire::rename_channel& request, timestamp now) {
  if (auto member = state.check_member(by); !member)
    return member.error();
  if (auto may = state.check_changeable(); !may)
    return may.error();
  if (auto manages = state.check_manages(by); !manages)
    return manages.error();
  const std::string old_name = state.facts().name();
  if (request.name() == old_name)
    return already(state, by);
  if (auto room = state.check_room(); !room)
    return room.error();

  change_draft draft(state, now);
  auto message =
      said_of(by.user_id(), "channel_name",
              "has renamed the channel from \"" + old_name + "\" to \"" + request.name() + "\"");
  message.set_old_name(old_name);
  message.set_name(request.name());
  draft.append(std::move(message));
  wire::channel_facts& facts = draft.facts();
  facts.set_name(request.name());
  facts.add_previous_names(old_name);
  auto& names = *facts.mutable_previous_names();
  if (names.size() > previous_names_kept)
    names.DeleteSubrange(0, names.size() - previous_names_kept);
  return done(draft);
}

channel_outcome set_topic(channel_state& state, const wire::caller& by,
                          const wire::set_topic& request, timestamp now) {
  if (auto may = check_note(state, by, request.value()); !may)
    return may.error();
  if (state.facts().topic().value() == request.value())
    return already(state, by);
  change_draft draft(state, now);
  auto message = said_of(by.user_id(), "channel_topic", deed("topic", request.value()));
  message.set_topic(request.value());
  draft.append(std::move(message));
  write_note(*draft.facts().mutable_topic(), by, request.value(), now);
  return done(draft);
}

channel_outcome set_purpose(channel_state& state, const wire::caller& by,
                            const wire::set_purpose& request, timestamp now) {
  if (auto may = check_note(state, by, request.value()); !may)
    return may.error();
  if (state.facts().purpose().value() == request.value())
    return already(state, by);
  change_draft draft(state, now);
  auto message = said_of(by.user_id(), "channel_purpose", deed("purpose", request.value()));
  message.set_purpose(request.value());
  draft.append(std::move(message));
  write_note(*draft.facts().mutable_purpose(), by, request.value(), now);
  return done(draft);
}

channel_outcome archive(channel_state& state, const wire::caller& by, timestamp now) {
  if (auto member = state.check_member(by); !member)
    return member.error();
  if (state.is_direct())
    return errc::method_not_supported_for_channel_type;
  if (state.facts().general())
    return errc::cant_archive_general;
  if (state.facts().archived())
    return errc::already_archived;
  if (auto room = state.check_room(); !room)
    return room.error();

  change_draft draft(state, now);
  draft.append(said_of(by.user_id(), "channel_archive", "archived the channel"));
  draft.facts().set_archived(true);
  return done(draft);
}

channel_outcome unarchive(channel_state& state, const wire::caller& by, timestamp now) {
  if (auto visible = state.check_visible(by); !visible)
    return visible.error();
  if (state.is_direct())
    return errc::method_not_supported_for_channel_type;
  if (!state.facts().archived())
    return errc::not_archived;
  auto user = user_number(by.user_id());
  if (!user)
    return errc::user_not_found;
  if (auto room = state.check_room(); !room)
    return room.error();

  change_draft draft(state, now);
  draft.append(said_of(by.user_id(), "channel_unarchive", "un-archived the channel"));
  draft.facts().set_archived(false);
  if (!state.members().contains(*user))
    draft.add_member(*user, &draft.append(said_joined(by.user_id())));
  return done(draft);
}

}  // namespace carillon::properties
