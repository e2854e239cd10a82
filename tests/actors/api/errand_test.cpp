// Every method of the table is known to read, to write or to come before a WebSocket.
#include <doctest/doctest.h>

#include <string>

#include "actors/api/errand.hpp"
#include "actors/api/method_table.hpp"

namespace carillon::api {

TEST_CASE("errand: what every method is for stands here, so that a new one is thought about") {
  std::string reads, arrives;
  for (const method& each : all_methods()) {
    const errand what = errand_of(each.name);
    if (what == errand::read)
      (reads += each.name) += ' ';
    if (what == errand::arrival)
      (arrives += each.name) += ' ';
  }
  CHECK(reads ==
        "api.test auth.test bots.info carillon.admin.tokens.list carillon.admin.users.list "
        "carillon.devices.list carillon.friends.list carillon.poll carillon.push.list carillon.push.providers "
        "carillon.push.settings.get carillon.sync chat.getPermalink conversations.history conversations.info "
        "conversations.list conversations.members dnd.info dnd.teamInfo team.info users.conversations users.getPresence users.info users.list "
        "users.lookupByEmail users.profile.get ");
  CHECK(arrives == "carillon.signin carillon.stream rtm.connect rtm.start ");
}

TEST_CASE("errand: posts write however their name is spelled in a path, and nonsense does not") {
  CHECK(errand_of("chat.postMessage") == errand::write);
  CHECK(errand_of("chat.postMessage/") == errand::write);
  CHECK(errand_of("rtm.connect/") == errand::arrival);
  CHECK(errand_of("") == errand::read);
  CHECK(errand_of("chat.postMessages") == errand::read);
}

}  // namespace carillon::api
