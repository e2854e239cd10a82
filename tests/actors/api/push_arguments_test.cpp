// carillon.push.* and dnd.*: what their arguments may be.
#include "actors/api/push_arguments.hpp"

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

arguments given(const pairs& fields) {
  edge::http_request request;
  request.method = "POST";
  request.content_type = "application/json";
  request.body = "{";
  for (const auto& [name, value] : fields) {
    std::string text;
    for (const char c : value) {
      if (c == '"' || c == '\\')
        text += '\\';
      text += c;
    }
    request.body += (request.body.size() > 1 ? ",\"" : "\"") + name + "\":\"" + text + "\"";
  }
  request.body += "}";
  auto out = arguments::read(request);
  REQUIRE(out);
  return *out;
}

TEST_CASE("push.register: device, provider and token are needed, and each is looked at") {
  const pairs good{{"device", "phone"}, {"provider", "fcm"}, {"push_token", "abc:def"}};
  auto target = push_target_argument(given(good), true);
  REQUIRE(target);
  CHECK(target->device() == "phone");
  CHECK(target->provider() == "fcm");
  CHECK(target->token() == "abc:def");
  for (std::size_t i = 0; i < good.size(); ++i) {
    pairs less = good;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(push_target_argument(given(less), true).code() == errc::invalid_arguments);
  }
  const auto wrong = [&](std::size_t which, std::string value) {
    pairs other = good;
    other[which].second = std::move(value);
    return push_target_argument(given(other), true).code() == errc::invalid_arguments;
  };
  CHECK(wrong(0, std::string(65, 'x')));
  CHECK(push_target_argument(given({{"device", std::string(64, 'x')}, good[1], good[2]}), true).has_value());
  CHECK(wrong(1, "pigeon"));
  CHECK(wrong(2, "a b"));
}

TEST_CASE("push.register: a token may be called so where it is not the call's own") {
  const auto args = given({{"device", "phone"}, {"provider", "webhook"}, {"token", "x"}});
  CHECK(push_target_argument(args, true)->token() == "x");
  CHECK(push_target_argument(args, false).code() == errc::invalid_arguments);
}

TEST_CASE("push.register: a browser's subscription, whole or in parts") {
  const std::string point = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM";
  const std::string subscription = R"({"endpoint":"https://push.example/1","expirationTime":null,"keys":{"p256dh":")" +
                                   point + R"(","auth":"tBHItJI5svbpez7KI4CCXg"}})";
  auto whole = push_target_argument(given({{"device", "tab"}, {"provider", "web_push"}, {"subscription", subscription}}), false);
  REQUIRE(whole);
  CHECK(whole->token() == "https://push.example/1");
  CHECK(whole->p256dh() == point);
  auto parts = push_target_argument(given({{"device", "tab"},
                                           {"provider", "web_push"},
                                           {"endpoint", "https://push.example/1"},
                                           {"p256dh", point},
                                           {"auth", "tBHItJI5svbpez7KI4CCXg"}}), false);
  REQUIRE(parts);
  CHECK(parts->SerializeAsString() == whole->SerializeAsString());
  for (const char* text : {"{", "[]", "{}", R"({"endpoint":"https://push.example/1"})",
                           R"({"endpoint":"http://push.example/1","keys":{"p256dh":"x","auth":"y"}})"})
    CHECK(push_target_argument(given({{"device", "tab"}, {"provider", "web_push"}, {"subscription", text}}), false).code() ==
          errc::invalid_arguments);
}

TEST_CASE("push.settings.set: levels, of all and of a channel") {
  auto all = push_settings_argument(given({{"level", "all"}}));
  REQUIRE(all);
  CHECK(all->level() == wire::PUSH_ALL);
  const std::string channel = entity_id{id_kind::channel, 7}.text();
  auto one = push_settings_argument(given({{"level", "default"}, {"channel", channel}}));
  REQUIRE(one);
  CHECK_FALSE(one->has_level());
  CHECK(one->channels(0).channel_id() == channel);
  CHECK(one->channels(0).level() == wire::PUSH_DEFAULT);
  CHECK(push_settings_argument(given({{"level", "default"}})).code() == errc::invalid_arguments);
  CHECK(push_settings_argument(given({{"level", "loud"}})).code() == errc::invalid_arguments);
  CHECK(push_settings_argument(given({{"channel", channel}})).code() == errc::invalid_arguments);
  CHECK(push_settings_argument(given({{"level", "all"}, {"channel", "U1"}})).code() == errc::channel_not_found);
}

TEST_CASE("push.settings.set: hours are said in parts, of what is not said nothing") {
  auto later = push_settings_argument(given({{"dnd_end", "23:59"}}));
  REQUIRE(later);
  CHECK(later->hours().enabled());  // who says hours wants them
  CHECK_FALSE(later->hours().has_start());
  CHECK(later->hours().end() == 23 * 60 + 59);
  CHECK_FALSE(later->hours().has_zone());
  auto off = push_settings_argument(given({{"dnd_enabled", "false"}, {"dnd_start", "00:00"}}));
  REQUIRE(off);
  CHECK(off->hours().has_enabled());
  CHECK_FALSE(off->hours().enabled());
  CHECK(off->hours().has_start());
  for (const char* wrong : {"24:00", "7:00", "07:60", "0700", "aa:bb", "-1:00"})
    CHECK(push_settings_argument(given({{"dnd_start", wrong}})).code() == errc::invalid_arguments);
  CHECK(push_settings_argument(given({{"tz", "Nowhere/Land"}})).code() == errc::invalid_arguments);
  auto zone = push_settings_argument(given({{"tz", "Europe/Berlin"}}));
  REQUIRE(zone);
  CHECK_FALSE(zone->hours().has_enabled());
  CHECK(clock_text(22 * 60 + 5) == "22:05");
  CHECK(clock_text(0) == "00:00");
}

TEST_CASE("dnd.setSnooze: from a minute to a day") {
  CHECK(snooze_argument(given({})).code() == errc::missing_duration);
  CHECK(*snooze_argument(given({{"num_minutes", "1"}})) == 1);
  CHECK(*snooze_argument(given({{"num_minutes", "1440"}})) == 1'440);
  CHECK(snooze_argument(given({{"num_minutes", "1441"}})).code() == errc::too_long);
  for (const char* wrong : {"0", "-1", "1.5", "ten", "99999999999"})
    CHECK(snooze_argument(given({{"num_minutes", wrong}})).code() == errc::invalid_arguments);
}

}  // namespace
}  // namespace carillon::api
