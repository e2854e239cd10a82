#include "actors/slot/projection.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

wire::user_request membership_of(const wire::channel_change& change, const std::string& user,
                                 bool member, std::uint64_t seq, std::uint64_t ts) {
  wire::user_request request;
  request.set_user_id(user);
  auto* membership = request.mutable_membership();
  membership->set_channel_id(change.channel_id());
  membership->set_kind(change.facts().kind());
  membership->set_member(member);
  membership->set_seq(seq);
  membership->set_last_read(ts);  // who joins has read what was before
  return request;
}

void name_peers(const wire::channel_change& change, std::vector<wire::user_request>& requests) {
  if (change.facts().kind() != wire::CHANNEL_DIRECT && change.facts().kind() != wire::CHANNEL_GROUP_DM)
    return;
  for (auto& request : requests) {
    auto* membership = request.mutable_membership();
    membership->set_open(request.user_id() == change.facts().creator());
    if (change.facts().kind() != wire::CHANNEL_DIRECT)
      continue;
    membership->set_peer(request.user_id());  // a note to self has oneself as the peer
    for (const auto& other : change.members_added())
      if (other.user_id() != request.user_id())
        membership->set_peer(other.user_id());
  }
}

// What a user said of another one stands in the other's slot too. What came from there does not go back.
void name_friends(const wire::user_change& change, std::vector<wire::user_request>& requests) {
  for (const wire::user_friend& said : change.friends()) {
    if (said.by() != change.user_id())
      continue;
    wire::user_request request;
    request.set_user_id(said.user_id());
    *request.mutable_friend_changed()->mutable_row() = said;
    request.mutable_friend_changed()->mutable_row()->set_user_id(change.user_id());
    requests.push_back(std::move(request));
  }
}

std::optional<storage::channel_row> catalogue_row(const wire::channel_facts& facts) {
  if (facts.kind() != wire::CHANNEL_PUBLIC && facts.kind() != wire::CHANNEL_PRIVATE)
    return std::nullopt;  // nobody lists other people's DMs
  auto id = entity_id::parse(facts.id());
  auto team = entity_id::parse(facts.team_id());
  ENSURE(id && team, "facts in a log carry ids that we made");
  storage::channel_row row;
  row.id = *id;
  row.team = *team;
  row.name = facts.name();
  row.is_private = facts.kind() == wire::CHANNEL_PRIVATE;
  row.archived = facts.archived();
  row.general = facts.general();
  row.creator = entity_id::parse(facts.creator()).value_or(entity_id{});
  row.created = facts.created();
  row.updated = facts.updated();
  row.topic = facts.topic().value();
  row.purpose = facts.purpose().value();
  row.facts = facts.SerializeAsString();
  row.member_count = facts.member_count();
  return row;
}

}  // namespace

projection project(const wire::slot_command& command) {
  projection out;
  if (command.has_user())
    name_friends(command.user(), out.users);
  if (!command.has_channel())
    return out;
  const wire::channel_change& change = command.channel();
  if (change.members_added_size() == 0 && change.members_removed_size() == 0 && !change.catalog())
    return out;
  ENSURE(change.has_facts(), "a change of members or facts carries the facts after it");
  for (const auto& member : change.members_added())
    out.users.push_back(membership_of(change, member.user_id(), true, member.joined_seq(),
                                      member.joined_ts()));
  if (change.members_removed_size() > 0)
    ENSURE(change.events_size() > 0, "leaving is an event");
  for (const auto& user : change.members_removed())
    out.users.push_back(
        membership_of(change, user, false, change.events(0).seq(), change.events(0).ts()));
  name_peers(change, out.users);
  if (change.catalog())
    out.catalogue = catalogue_row(change.facts());
  return out;
}

void projection_cursor::begin(raft::log_index index, std::size_t effects) {
  ENSURE(index > seen_, "projections see each command once, in order");
  seen_ = index;
  if (effects > 0)
    open_.emplace(index, effects);
  if (open_.empty())
    done_ = seen_;
}

void projection_cursor::pass(raft::log_index index) {
  seen_ = std::max(seen_, index);
  if (open_.empty())
    done_ = seen_;
}

void projection_cursor::finish_one(raft::log_index index) {
  auto found = open_.find(index);
  ENSURE(found != open_.end() && found->second > 0, "only begun effects finish");
  if (--found->second == 0)
    open_.erase(found);
  done_ = open_.empty() ? seen_ : open_.begin()->first - 1;
}

}  // namespace carillon
