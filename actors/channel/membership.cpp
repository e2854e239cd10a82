#include "actors/channel/membership.hpp"

#include <algorithm>
#include <utility>

#include "actors/channel/change_draft.hpp"
#include "actors/channel/channel_texts.hpp"

namespace carillon::membership {
namespace {

constexpr std::uint64_t microseconds = 1'000'000;

// Sorted, each once. user_not_found when one of them is not a user's id.
template <class Texts>
result<std::vector<std::uint64_t>> numbers_of(const Texts& texts) {
  std::vector<std::uint64_t> numbers;
  for (const auto& text : texts) {
    auto number = user_number(text);
    if (!number)
      return make_error(errc::user_not_found, text);
    numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

void found(wire::channel_facts& facts, const channel_state& state, const wire::caller& by,
           wire::channel_kind kind, timestamp now) {
  facts.set_id(state.id().text());
  facts.set_team_id(by.team_id());
  facts.set_kind(kind);
  facts.set_creator(by.user_id());
  facts.set_created(now / microseconds);
}

channel_decision already(const channel_state& state, const wire::caller& by) {
  channel_decision out = unchanged(state, by);
  out.reply.set_already(true);
  return out;
}

channel_outcome found_before(const channel_state& state, const wire::caller& by) {
  if (auto visible = state.check_visible(by); !visible)
    return visible.error();
  return already(state, by);
}

}  // namespace

channel_outcome create(channel_state& state, const wire::caller& by,
                       const wire::create_channel& request, timestamp now) {
  if (state.exists())
    return found_before(state, by);
  auto creator = user_number(by.user_id());
  if (!creator)
    return errc::user_not_found;
  auto members = numbers_of(request.members());
  if (!members)
    return members.error();

  change_draft draft(state, now);
  wire::channel_facts& facts = draft.facts();
  found(facts, state, by, request.private_() ? wire::CHANNEL_PRIVATE : wire::CHANNEL_PUBLIC, now);
  facts.set_name(request.name());
  facts.set_general(request.general());
  const wire::channel_event& joined = draft.append(said_joined(by.user_id()));
  draft.add_member(*creator, &joined);
  for (std::uint64_t user : *members)
    if (user != *creator)
      draft.add_member(user, &joined);
  channel_decision out = draft.finish();
  out.reply.set_is_member(true);
  return out;
}

channel_outcome open_direct(channel_state& state, const wire::caller& by,
                            const wire::open_direct& request, timestamp now) {
  if (state.exists())
    return found_before(state, by);
  auto users = numbers_of(request.users());
  if (!users)
    return users.error();
  auto opener = user_number(by.user_id());
  if (!opener || !std::binary_search(users->begin(), users->end(), *opener))
    return make_error(errc::invalid_arguments, "users: the caller is one of them");
  if (users->size() > state.config().limits.group_dm_max_users)
    return errc::too_many_users;

  change_draft draft(state, now);
  found(draft.facts(), state, by,
        users->size() <= 2 ? wire::CHANNEL_DIRECT : wire::CHANNEL_GROUP_DM, now);
  for (std::uint64_t user : *users)
    draft.add_member(user, nullptr);
  channel_decision out = draft.finish();
  out.reply.set_is_member(true);
  for (std::uint64_t user : *users)
    out.reply.add_members(user_text(user));
  return out;
}

channel_outcome join(channel_state& state, const wire::caller& by, timestamp now) {
  if (auto visible = state.check_visible(by); !visible)
    return visible.error();
  if (state.facts().kind() != wire::CHANNEL_PUBLIC)
    return errc::method_not_supported_for_channel_type;
  if (state.facts().archived())
    return errc::is_archived;
  if (state.is_member(by))
    return already(state, by);
  auto user = user_number(by.user_id());
  if (!user)
    return errc::user_not_found;
  if (auto room = state.check_room(); !room)
    return room.error();

  change_draft draft(state, now);
  draft.add_member(*user, &draft.append(said_joined(by.user_id())));
  channel_decision out = draft.finish();
  out.reply.set_is_member(true);
  return out;
}

channel_outcome leave(channel_state& state, const wire::caller& by, timestamp now) {
  if (auto visible = state.check_visible(by); !visible)
    return visible.error();
  if (auto may = state.check_changeable(); !may)
    return may.error();
  if (state.facts().general())
    return errc::cant_leave_general;
  if (!state.is_member(by))
    return already(state, by);
  if (auto room = state.check_room(); !room)
    return room.error();

  change_draft draft(state, now);
  draft.append(said_left(by.user_id()));
  draft.remove_member(*user_number(by.user_id()));
  return draft.finish();
}

channel_outcome invite(channel_state& state, const wire::caller& by,
                       const wire::invite_users& request, timestamp now) {
  if (auto member = state.check_member(by); !member)
    return member.error();
  if (auto may = state.check_changeable(); !may)
    return may.error();
  auto users = numbers_of(request.users());
  if (!users)
    return users.error();
  if (users->empty())
    return make_error(errc::invalid_arguments, "users");
  if (users->size() == 1 && users->front() == user_number(by.user_id()))
    return errc::cant_invite_self;
  std::erase_if(*users, [&](std::uint64_t user) { return state.members().contains(user); });
  if (users->empty())
    return errc::already_in_channel;
  if (auto room = state.check_room(); !room)
    return room.error();

  change_draft draft(state, now);
  for (std::uint64_t user : *users)
    draft.add_member(user, &draft.append(said_joined(user_text(user), by.user_id())));
  channel_decision out = draft.finish();
  out.reply.set_is_member(true);
  return out;
}

channel_outcome kick(channel_state& state, const wire::caller& by, const wire::kick_user& request,
                     timestamp now) {
  if (auto member = state.check_member(by); !member)
    return member.error();
  if (auto may = state.check_changeable(); !may)
    return may.error();
  auto user = user_number(request.user());
  if (!user)
    return errc::user_not_found;
  if (request.user() == by.user_id())
    return errc::cant_kick_self;
  if (state.facts().general())
    return errc::cant_kick_from_general;
  if (!state.members().contains(*user))
    return errc::not_in_channel;
  if (auto manages = state.check_manages(by); !manages)
    return manages.error();
  if (auto room = state.check_room(); !room)
    return room.error();

  change_draft draft(state, now);
  draft.append(said_left(request.user()));
  draft.remove_member(*user);
  channel_decision out = draft.finish();
  out.reply.set_is_member(true);
  return out;
}

}  // namespace carillon::membership
