#include "actors/user/friend_book.hpp"

#include <algorithm>
#include <utility>

namespace carillon {
namespace {

user_decision already() {
  user_decision out;
  out.reply.set_already(true);
  return out;
}

}  // namespace

void friend_book::load(const std::vector<wire::user_friend>& rows) {
  for (const auto& stored : rows)
    if (auto other = entity_id::parse(stored.user_id())) {
      row& loaded = rows_[*other];
      count_ += stored.friend_();
      count_ -= loaded.is_friend;
      loaded = {stored.friend_(), stored.changed(),
                entity_id::parse(stored.by()).value_or(entity_id{})};
    }
}

user_outcome friend_book::change(const wire::change_friend& request, timestamp now) {
  auto other = entity_id::parse(request.user_id());
  if (!other || other->kind != id_kind::user || *other == owner_)
    return make_error(errc::invalid_arguments, "user");
  auto found = rows_.find(*other);
  const bool is_friend = found != rows_.end() && found->second.is_friend;
  if (is_friend == request.friend_())
    return already();
  if (request.friend_() && count_ >= friends_max_)
    return make_error(errc::too_many_users, "at most " + std::to_string(friends_max_) + " friends");
  row& known = rows_[*other];
  return write(*other, known, {request.friend_(), std::max(now, known.changed + 1), owner_});
}

user_outcome friend_book::project(const wire::project_friend& said) {
  auto other = entity_id::parse(said.row().user_id());
  auto by = entity_id::parse(said.row().by());
  if (!other || !by || *other == owner_)
    return make_error(errc::invalid_arguments, "friend");
  row& known = rows_[*other];
  if (std::pair(said.row().changed(), *by) <= std::pair(known.changed, known.by))
    return already();
  return write(*other, known, {said.row().friend_(), said.row().changed(), *by});
}

std::vector<entity_id> friend_book::friends() const {
  std::vector<entity_id> out;
  for (const auto& [other, known] : rows_)
    if (known.is_friend)
      out.push_back(other);
  return out;
}

user_decision friend_book::write(const entity_id& other, row& known, const row& next) {
  count_ += next.is_friend;
  count_ -= known.is_friend;
  known = next;
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_user()->set_user_id(owner_.text());
  wire::user_friend& text = *command->mutable_user()->add_friends();
  text.set_user_id(other.text());
  text.set_friend_(next.is_friend);
  text.set_changed(next.changed);
  text.set_by(next.by.text());
  user_decision out;
  out.command = std::move(command);
  return out;
}

}  // namespace carillon
