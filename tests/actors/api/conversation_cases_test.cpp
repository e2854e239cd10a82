// conversations.*: names, lists, pages, memberships and DMs.
#include "tests/actors/api/api_house.hpp"

namespace json = boost::json;

namespace carillon::test {
namespace {

wire::channel_reply refusal(errc why) {
  wire::channel_reply reply;
  set_error(reply, make_error(why));
  return reply;
}

struct talk_house : api_house {
  person ada = sign_up("ada");
  std::vector<wire::user_channel> rows;  // what ada is in

  talk_house() {
    channel_asked.clear();
    user = [this](const wire::user_request& request) {
      wire::user_reply reply;
      for (const wire::user_channel& row : rows)
        if (!request.has_get_channel() || row.channel_id() == request.get_channel().channel_id())
          *reply.add_channels() = row;
      return reply;
    };
  }

  wire::channel_facts facts(const std::string& channel_id, wire::channel_kind kind) const {
    wire::channel_facts out;
    out.set_id(channel_id);
    out.set_team_id(ada.team);
    out.set_kind(kind);
    out.set_name("n" + channel_id);
    std::transform(out.mutable_name()->begin(), out.mutable_name()->end(),
                   out.mutable_name()->begin(), [](unsigned char c) { return std::tolower(c); });
    out.set_updated(1);
    return out;
  }
  void catalogue(std::uint64_t number, bool is_private = false, bool archived = false) {
    wire::channel_facts made =
        facts(id('C', number), is_private ? wire::CHANNEL_PRIVATE : wire::CHANNEL_PUBLIC);
    made.set_archived(archived);
    storage::channel_row row;
    row.id = {'C', number};
    row.team = *entity_id::parse(ada.team);
    row.name = made.name();
    row.is_private = is_private;
    row.archived = archived;
    row.updated = 1;
    row.facts = made.SerializeAsString();
    REQUIRE(directory->upsert_channel(row));
    store(made);
  }
  void membership(const std::string& channel_id, wire::channel_kind kind) {
    wire::user_channel row;
    row.set_channel_id(channel_id);
    row.set_kind(kind);
    row.set_member(true);
    rows.push_back(row);
  }
  std::vector<std::string> listed(const std::string& method, fields form) {
    std::vector<std::string> out;
    for (;;) {
      reply_seen page = call(method, form, ada.token);
      REQUIRE(page.ok());
      for (const json::value& item : page.array("channels"))
        out.emplace_back(item.as_object().at("id").as_string());
      std::string next(page.object("response_metadata").at("next_cursor").as_string());
      if (next.empty())
        return out;
      std::erase_if(form, [](const auto& field) { return field.first == "cursor"; });
      form.emplace_back("cursor", next);
    }
  }
};

TEST_CASE("create: the name is reserved, and given back when the channel cannot be") {
  talk_house house;
  fields news = {{"name", "news"}};
  house.channel = [](const wire::channel_request&) { return refusal(errc::overloaded); };
  CHECK(house.call("conversations.create", news, house.ada.token).status == 429);
  house.channel = api_house().channel;
  reply_seen made = house.call("conversations.create", news, house.ada.token);
  REQUIRE(made.ok());
  CHECK(made.object("channel").at("is_member") == true);
  CHECK(house.last_asked().create().name() == "news");
  CHECK(house.call("conversations.create", news, house.ada.token).error() == "name_taken");
  CHECK(
      house
          .call("conversations.create", {{"name", "공지"}, {"is_private", "true"}}, house.ada.token)
          .ok());
  CHECK(house.last_asked().create().private_());
}

TEST_CASE("create: names that Slack refuses never reach a channel") {
  talk_house house;
  auto error = [&](const std::string& name) {
    return house.call("conversations.create", {{"name", name}}, house.ada.token).error();
  };
  CHECK(error("") == "invalid_name_required");
  CHECK(error("Two Words") == "invalid_name_specials");
  CHECK(error("--") == "invalid_name_punctuation");
  CHECK(error(std::string(81, 'a')) == "invalid_name_maxlength");
  CHECK(house.channel_asked.empty());
}

TEST_CASE("rename: a taken name is refused, a refused rename leaves both names as they were") {
  talk_house house;
  house.catalogue(5);
  house.catalogue(6);
  fields form = {{"channel", id('C', 5)}, {"name", "n" + std::string("c000000000006")}};
  CHECK(house.call("conversations.rename", form, house.ada.token).error() == "name_taken");
  house.channel = [](const wire::channel_request& request) {
    return request.has_rename() ? refusal(errc::not_allowed) : api_house().channel(request);
  };
  form[1].second = "fresh";
  CHECK(house.call("conversations.rename", form, house.ada.token).error() == "not_allowed");
  house.channel = api_house().channel;
  CHECK(house.call("conversations.create", {{"name", "fresh"}}, house.ada.token).ok());
}

TEST_CASE("list: pages run through the catalogue and then through the DMs, each once") {
  talk_house house;
  std::vector<std::string> expected;
  for (std::uint64_t number = 10; number < 15; ++number) {
    house.catalogue(number);
    expected.push_back(id('C', number));
  }
  for (char kind : {'D', 'G'})
    for (std::uint64_t number = 1; number <= 2; ++number) {
      auto as = kind == 'D' ? wire::CHANNEL_DIRECT : wire::CHANNEL_GROUP_DM;
      house.membership(id(kind, number), as);
      house.store(house.facts(id(kind, number), as));
      expected.push_back(id(kind, number));
    }
  for (const char* limit : {"1", "2", "3", "5", "100"}) {
    CAPTURE(limit);
    CHECK(house.listed("conversations.list",
                       {{"types", "public_channel,im,mpim"}, {"limit", limit}}) == expected);
  }
  CHECK(house.listed("conversations.list", {{"types", "im"}, {"limit", "1"}}) ==
        std::vector<std::string>{id('D', 1), id('D', 2)});
}

TEST_CASE("list: private channels show to their members only, archived ones on request") {
  talk_house house;
  house.catalogue(20);
  house.catalogue(21, true);
  house.catalogue(22, true);
  house.catalogue(23, false, true);
  house.membership(id('C', 22), wire::CHANNEL_PRIVATE);
  CHECK(house.listed("conversations.list", {{"types", "public_channel,private_channel"}}) ==
        std::vector<std::string>{id('C', 20), id('C', 22), id('C', 23)});
  CHECK(house.listed("conversations.list", {{"exclude_archived", "true"}}) ==
        std::vector<std::string>{id('C', 20)});
  CHECK(house.listed("conversations.list", {{"types", "private_channel"}}) ==
        std::vector<std::string>{id('C', 22)});
  CHECK(house.listed("users.conversations", {{"types", "public_channel,private_channel"}}) ==
        std::vector<std::string>{id('C', 22)});
}

TEST_CASE("list: types, limits and cursors that are none") {
  talk_house house;
  auto error = [&](const fields& form) {
    return house.call("conversations.list", form, house.ada.token).error();
  };
  CHECK(error({{"types", "secret"}}) == "invalid_types");
  CHECK(error({{"limit", "many"}}) == "invalid_limit");
  CHECK(error({{"cursor", "bogus"}}) == "invalid_cursor");
}

TEST_CASE("history: messages come as they are, with has_more and a cursor") {
  talk_house house;
  house.channel = [](const wire::channel_request& request) {
    wire::channel_reply reply;
    for (std::uint64_t seq : {9, 8})
      if (request.history().limit() >= 10 - seq) {
        wire::chat_message& message = *reply.add_messages();
        message.set_seq(seq);
        message.set_ts(1'700'000'000'000'000 + seq);
        message.set_text("m");
      }
    reply.set_has_more(true);
    return reply;
  };
  reply_seen out = house.call("conversations.history", {{"channel", id('C', 5)}, {"limit", "2"}},
                              house.ada.token);
  REQUIRE(out.ok());
  CHECK(out.array("messages").size() == 2);
  CHECK(out.array("messages")[0].as_object().at("seq") == 9);
  CHECK(out.body.at("has_more") == true);
  std::string cursor(out.object("response_metadata").at("next_cursor").as_string());
  house.call("conversations.history", {{"channel", id('C', 5)}, {"limit", "2"}, {"cursor", cursor}},
             house.ada.token);
  CHECK(house.last_asked().history().latest() == 1'700'000'000'000'008);
  CHECK(house.call("conversations.history", {{"channel", "nowhere"}}, house.ada.token).error() ==
        "channel_not_found");
}

TEST_CASE("info: a member sees how far they read, others do not") {
  talk_house house;
  house.channel = [](const wire::channel_request& request) {
    wire::channel_reply reply = api_house().channel(request);
    reply.set_is_member(request.describe().count_unread());
    reply.set_unread_count(4);
    reply.set_unread_count_display(3);
    return reply;
  };
  fields which = {{"channel", id('C', 5)}};
  CHECK_FALSE(house.call("conversations.info", which, house.ada.token)
                  .object("channel")
                  .contains("last_read"));
  house.membership(id('C', 5), wire::CHANNEL_PUBLIC);
  house.rows[0].set_last_read(1'700'000'000'000'007);
  reply_seen member = house.call("conversations.info", which, house.ada.token);
  CHECK(member.object("channel").at("last_read") == "1700000000.000007");
  CHECK(member.object("channel").at("unread_count") == 4);
  CHECK(member.object("channel").at("unread_count_display") == 3);
  CHECK(house.last_asked().describe().last_read() == 1'700'000'000'000'007);
}

TEST_CASE("mark: the channel agrees, then the user's slot keeps it") {
  talk_house house;
  fields mark = {{"channel", id('C', 5)}, {"ts", "1700000000.000007"}};
  CHECK(house.call("conversations.mark", mark, house.ada.token).ok());
  CHECK(house.user_asked.back().mark().ts() == 1'700'000'000'000'007);
  mark[1].second = "yesterday";
  CHECK(house.call("conversations.mark", mark, house.ada.token).error() == "invalid_timestamp");
  house.user_asked.clear();
  house.channel = [](const wire::channel_request&) { return refusal(errc::not_in_channel); };
  mark[1].second = "1700000000.000008";
  CHECK(house.call("conversations.mark", mark, house.ada.token).error() == "not_in_channel");
  CHECK(house.user_asked.empty());
}

TEST_CASE("members: pages by cursor") {
  talk_house house;
  house.channel = [](const wire::channel_request& request) {
    wire::channel_reply reply;
    bool first = request.list_members().after_user().empty();
    reply.add_members(first ? "U000000000001" : "U000000000002");
    reply.set_next_member(first ? "U000000000001" : "");
    return reply;
  };
  reply_seen first =
      house.call("conversations.members", {{"channel", id('C', 5)}}, house.ada.token);
  std::string cursor(first.object("response_metadata").at("next_cursor").as_string());
  CHECK_FALSE(cursor.empty());
  reply_seen second = house.call("conversations.members",
                                 {{"channel", id('C', 5)}, {"cursor", cursor}}, house.ada.token);
  CHECK(second.array("members")[0] == "U000000000002");
  CHECK(second.object("response_metadata").at("next_cursor") == "");
}

TEST_CASE("join: being in already is a warning; leave: being out already is no error") {
  talk_house house;
  fields which = {{"channel", id('C', 5)}};
  reply_seen joined = house.call("conversations.join", which, house.ada.token);
  CHECK(joined.ok());
  CHECK_FALSE(joined.body.contains("warning"));
  house.channel = [](const wire::channel_request& request) {
    wire::channel_reply reply = api_house().channel(request);
    reply.set_already(true);
    return reply;
  };
  reply_seen again = house.call("conversations.join", which, house.ada.token);
  CHECK(again.ok());
  CHECK(again.text("warning") == "already_in_channel");
  CHECK(again.object("response_metadata").at("warnings").as_array().size() == 1);
  reply_seen left = house.call("conversations.leave", which, house.ada.token);
  CHECK(left.ok());
  CHECK(left.body.at("not_in_channel") == true);
}

TEST_CASE("invite and kick: people of the team, and not oneself") {
  talk_house house;
  person bob = house.sign_up("bob");
  person eve = house.sign_up("eve", "Others");
  std::string channel_id = id('C', 5);
  auto invite = [&](const std::string& users) {
    return house.call("conversations.invite", {{"channel", channel_id}, {"users", users}},
                      house.ada.token);
  };
  CHECK(invite(bob.id).ok());
  CHECK(house.last_asked().invite().users(0) == bob.id);
  CHECK(invite("[\"" + bob.id + "\"]").ok());
  CHECK(invite("").error() == "no_user");
  CHECK(invite("bob").error() == "user_not_found");
  CHECK(invite(eve.id).error() == "user_not_found");
  house.channel = [](const wire::channel_request&) { return refusal(errc::cant_invite_self); };
  CHECK(invite(house.ada.id).error() == "cant_invite_self");
  house.channel = api_house().channel;
  house.call("carillon.admin.users.disable", {{"user", bob.id}}, house.ada.token);
  CHECK(invite(bob.id).error() == "user_disabled");
  CHECK(
      house.call("conversations.kick", {{"channel", channel_id}, {"user", bob.id}}, house.ada.token)
          .ok());
  CHECK(house.call("conversations.kick", {{"channel", channel_id}}, house.ada.token).error() ==
        "no_user");
}

TEST_CASE("open: the same people meet in the same DM; close hides it") {
  talk_house house;
  person bob = house.sign_up("bob");
  reply_seen one = house.call("conversations.open", {{"users", bob.id}}, house.ada.token);
  REQUIRE(one.ok());
  reply_seen other = house.call("conversations.open", {{"users", house.ada.id}}, bob.token);
  CHECK(one.object("channel").at("id") == other.object("channel").at("id"));
  CHECK(house.user_asked.back().open_channel().open());
  CHECK(house.call("conversations.open", {}, house.ada.token).error() == "users_list_not_supplied");
  CHECK(house.call("conversations.open", {{"channel", id('C', 5)}}, house.ada.token).error() ==
        "method_not_supported_for_channel_type");

  std::string dm(one.object("channel").at("id").as_string());
  CHECK(house.call("conversations.close", {{"channel", dm}}, house.ada.token).error() ==
        "channel_not_found");
  house.membership(dm, wire::CHANNEL_DIRECT);
  CHECK(house.call("conversations.close", {{"channel", dm}}, house.ada.token).ok());
  CHECK_FALSE(house.user_asked.back().open_channel().open());
}

TEST_CASE("open: nine people fit into a group DM, ten do not") {
  talk_house house;
  std::string others;
  for (int i = 1; i <= 8; ++i)
    others += house.sign_up("user" + std::to_string(i)).id + ",";
  reply_seen nine = house.call("conversations.open", {{"users", others}}, house.ada.token);
  REQUIRE(nine.ok());
  CHECK(nine.object("channel").at("id").as_string().starts_with("G"));
  others += house.sign_up("user9").id;
  CHECK(house.call("conversations.open", {{"users", others}}, house.ada.token).error() ==
        "too_many_users");
}

TEST_CASE("setTopic: 250 characters fit, 251 do not") {
  talk_house house;
  fields topic = {{"channel", id('C', 5)}, {"topic", std::string(250, 't')}};
  reply_seen out = house.call("conversations.setTopic", topic, house.ada.token);
  CHECK(out.text("topic") == topic[1].second);
  topic[1].second += "t";
  CHECK(house.call("conversations.setTopic", topic, house.ada.token).error() == "too_long");
  CHECK(house
            .call("conversations.setPurpose", {{"channel", id('C', 5)}, {"purpose", "p"}},
                  house.ada.token)
            .ok());
  CHECK(house.last_asked().set_purpose().value() == "p");
  CHECK(house.call("conversations.unarchive", {{"channel", id('C', 5)}}, house.ada.token).ok());
  CHECK(house.last_asked().has_unarchive());
}

}  // namespace
}  // namespace carillon::test
