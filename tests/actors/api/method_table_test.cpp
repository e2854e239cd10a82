// The table against the list of methods that the house promises.
#include "actors/api/method_table.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

constexpr std::string_view promised[] = {"api.test",
                                         "auth.test",
                                         "auth.revoke",
                                         "team.info",
                                         "bots.info",
                                         "rtm.connect",
                                         "rtm.start",
                                         "chat.postMessage",
                                         "chat.update",
                                         "chat.delete",
                                         "chat.meMessage",
                                         "chat.postEphemeral",
                                         "chat.getPermalink",
                                         "conversations.create",
                                         "conversations.list",
                                         "conversations.info",
                                         "conversations.join",
                                         "conversations.leave",
                                         "conversations.invite",
                                         "conversations.kick",
                                         "conversations.members",
                                         "conversations.history",
                                         "conversations.open",
                                         "conversations.close",
                                         "conversations.mark",
                                         "conversations.rename",
                                         "conversations.setTopic",
                                         "conversations.setPurpose",
                                         "conversations.archive",
                                         "conversations.unarchive",
                                         "users.list",
                                         "users.info",
                                         "users.lookupByEmail",
                                         "users.conversations",
                                         "users.getPresence",
                                         "users.setPresence",
                                         "users.setActive",
                                         "carillon.friends.add",
                                         "carillon.friends.list",
                                         "carillon.friends.remove",
                                         "carillon.sync",
                                         "carillon.poll",
                                         "carillon.stream",
                                         "carillon.devices.list",
                                         "carillon.push.list",
                                         "carillon.push.providers",
                                         "carillon.push.register",
                                         "carillon.push.settings.get",
                                         "carillon.push.settings.set",
                                         "carillon.push.unregister",
                                         "dnd.endDnd",
                                         "dnd.endSnooze",
                                         "dnd.info",
                                         "dnd.setSnooze",
                                         "dnd.teamInfo",
                                         "carillon.devices.remove",
                                         "users.profile.get",
                                         "users.profile.set",
                                         "carillon.signup",
                                         "carillon.signin",
                                         "carillon.signout",
                                         "carillon.admin.users.add",
                                         "carillon.admin.users.list",
                                         "carillon.admin.users.disable",
                                         "carillon.admin.users.enable",
                                         "carillon.admin.tokens.issue",
                                         "carillon.admin.tokens.revoke",
                                         "carillon.admin.tokens.list"};

TEST_CASE("methods: every promised one is there, and no other") {
  for (std::string_view name : promised) {
    CAPTURE(name);
    const method* found = find_method(name);
    REQUIRE(found);
    CHECK(found->name == name);
    CHECK(bool(found->run));
  }
  CHECK(all_methods().size() == std::size(promised));
}

TEST_CASE("methods: the table is sorted, which the search relies on") {
  auto names = all_methods();
  CHECK(std::is_sorted(names.begin(), names.end(),
                       [](const method& a, const method& b) { return a.name < b.name; }));
}

TEST_CASE("methods: unknown names are not found") {
  for (std::string_view name :
       {"", "chat", "chat.postMessag", "chat.postMessagee", "zzz", "API.test"})
    CHECK(find_method(name) == nullptr);
}

TEST_CASE("methods: admin methods need the admin scope, open ones none") {
  for (const method& row : all_methods()) {
    CAPTURE(row.name);
    CHECK((row.who == audience::admin) == row.name.starts_with("carillon.admin."));
    CHECK((row.who == audience::admin) == (row.scope == "admin"));
    if (row.who == audience::anyone)
      CHECK(row.scope.empty());
  }
  CHECK(all_scopes().find("chat:write") != std::string::npos);
}

// A push carries the message's text, and a device is where what is read is counted from.
TEST_CASE("methods: pushes and devices need what reading history needs, but not to hear which providers there are") {
  const std::string_view history = find_method("conversations.history")->scope;
  CHECK(history == "channels:history,groups:history,im:history,mpim:history");
  CHECK(find_method("carillon.sync")->scope == history);
  for (std::string_view name : {"carillon.push.register", "carillon.push.unregister", "carillon.push.list",
                                "carillon.push.settings.get", "carillon.push.settings.set",
                                "carillon.devices.list", "carillon.devices.remove"}) {
    CAPTURE(name);
    CHECK(find_method(name)->scope == history);
  }
  CHECK(find_method("carillon.push.providers")->scope.empty());
}

}  // namespace
}  // namespace carillon::api
