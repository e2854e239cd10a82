#include "actors/slot/push_book.hpp"

#include <algorithm>

#include "runtime/base/ids.hpp"

namespace carillon {
namespace {

wire::push_level level_of(const wire::push_user& said, std::string_view channel_id) {
  for (const auto& each : said.channels())
    if (each.channel_id() == channel_id && each.level() != wire::PUSH_DEFAULT)
      return each.level();
  return said.level() == wire::PUSH_DEFAULT ? wire::PUSH_MENTIONS : said.level();
}

bool may_hear_all(const wire::push_user& said) {
  return said.level() == wire::PUSH_ALL ||
         std::any_of(said.channels().begin(), said.channels().end(),
                     [](const auto& each) { return each.level() == wire::PUSH_ALL; });
}

}  // namespace

bool wants_push(const wire::push_user& said, std::string_view channel_id, wire::mention_kind kind) {
  switch (level_of(said, channel_id)) {
    case wire::PUSH_ALL:
      return true;
    case wire::PUSH_NOTHING:
      return false;
    default:
      return kind != wire::MENTION_UNKNOWN;
  }
}

void push_book::set(const wire::push_user& said) {
  const auto user = entity_id::parse(said.user_id());
  if (!user)
    return;
  users_.erase(user->number);
  hearing_all_.erase(user->number);
  if (said.targets().empty())
    return;
  users_.emplace(user->number, said);
  if (may_hear_all(said))
    hearing_all_.insert(user->number);
}

std::vector<std::string> devices_of(const wire::push_user& said) {
  std::vector<std::string> out;
  for (const auto& target : said.targets())
    out.push_back(target.device());
  return out;
}

const wire::push_target* target_of(const wire::push_user& said, std::string_view device) {
  for (const auto& target : said.targets())
    if (target.device() == device)
      return &target;
  return nullptr;
}

}  // namespace carillon
