#include "actors/slot/inbox_members.hpp"

namespace carillon {

result<inbox_members> read_inbox_members(const storage::message_store& stored, const entity_id& channel,
                                         bool everybody) {
  inbox_members out;
  auto facts = stored.facts(channel);
  if (!facts)
    return facts.error();
  out.read_at_sync = *facts && (*facts)->read_at_sync();
  if (out.read_at_sync && !everybody)
    return out;
  auto members = stored.members(channel);
  if (!members)
    return members.error();
  for (const auto& row : *members)
    if (auto user = entity_id::parse(row.user_id()))
      out.members.push_back({user->number, row.joined_seq()});
  return out;
}

}  // namespace carillon
