// The part of the presence actor that speaks to slots: which of their users this host watches. Unlike the hub's
// asking about channels it needs no replay of what was missed: the answer is how a user is now.
#include "actors/hub/presence_shell.hpp"

namespace carillon {

interest_announcer::callbacks presence_actor::asking() {
  return {.told_here =
              [this](const interest_confirmed& answer) {
                for (const auto& item : answer.items)
                  hear_answer(item.channel_id, item.presence);
                go_again(now(), false);
              },
          .told_there =
              [this](const wire::interest_answer& answer) {
                for (const auto& item : answer.items())
                  hear_answer(item.channel_id(), item.presence());
                go_again(now(), false);
              },
          .recover = [this](const std::vector<slot_id>& slots) { recover(slots); },
          .audit = [this](const interest_announcer::which& concerned) { want_again(concerned); }};
}

void presence_actor::hear_answer(const std::string& id, wire::presence_kind presence) {
  if (auto user = entity_id::parse(id))
    pacer_.heard(*user, presence, now());
}

void presence_actor::recover(const std::vector<slot_id>& slots) {
  want_again(announcer_.leaders_changed(slots));
}

void presence_actor::want_again(const interest_announcer::which& concerned) {
  for (const entity_id& user : pacer_.users_where(concerned))
    announcer_.want(user, std::nullopt, 0);
  announcer_.flush();
}

}  // namespace carillon
