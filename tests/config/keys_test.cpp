// The table of settings: it covers the whole struct, and each border is tried from both sides.
#include "config/keys.hpp"

#include <set>

#include <boost/pfr.hpp>
#include <doctest/doctest.h>

using namespace carillon;

namespace {

template <class Section>
void check_covers(std::string_view section, std::size_t lists = 0) {
  CAPTURE(section);
  std::size_t rows = 0;
  for (const setting_key& key : setting_keys())
    rows += key.section == section;
  CHECK(rows + lists == boost::pfr::tuple_size_v<Section>);
}

bool accepts(std::string_view section, std::string_view name, setting_value value) {
  settings values;
  const setting_key* key = find_setting(section, name);
  REQUIRE(key != nullptr);
  bool written = key->write(values, value);
  CHECK((key->read(values) == value) == written);
  return written;
}

}  // namespace

TEST_CASE("keys: every member of settings has a row and no row comes twice") {
  check_covers<settings::host_settings>("host");
  check_covers<settings::edge_settings>("edge");
  check_covers<settings::storage_settings>("storage");
  check_covers<settings::cluster_settings>("cluster", 2);  // and the list of hosts, and the section below
  check_covers<settings::zookeeper_settings>("cluster.zookeeper");
  check_covers<settings::channel_settings>("channel");
  check_covers<settings::presence_settings>("presence");
  check_covers<settings::inbox_settings>("inbox");
  check_covers<settings::push_settings>("push", 4);  // and the sections below
  check_covers<settings::push_apns_settings>("push.apns");
  check_covers<settings::push_fcm_settings>("push.fcm");
  check_covers<settings::push_web_settings>("push.web");
  check_covers<settings::push_webhook_settings>("push.webhook");
  check_covers<settings::limits_settings>("limits");
  check_covers<settings::directory_settings>("directory");
  std::set<std::string> seen, sections;
  for (const setting_key& key : setting_keys()) {
    CHECK(seen.insert(key.path()).second);
    sections.insert(std::string(key.section));
  }
  CHECK(sections.size() == boost::pfr::tuple_size_v<settings> + 5);  // cluster.zookeeper and those of push
}

TEST_CASE("keys: both ends of every range are allowed, the next number on either side is not") {
  for (const setting_key& key : setting_keys()) {
    const auto* rule = std::get_if<number_rule>(&key.rule);
    if (rule == nullptr)
      continue;
    CAPTURE(key.path());
    auto min = static_cast<std::int64_t>(rule->min);
    auto max = static_cast<std::int64_t>(rule->max);
    CHECK(accepts(key.section, key.name, min));
    CHECK(accepts(key.section, key.name, max));
    CHECK_FALSE(accepts(key.section, key.name, min - 1));
    CHECK_FALSE(accepts(key.section, key.name, max + 1));
    CHECK_FALSE(accepts(key.section, key.name, (std::int64_t{1} << 32) + min));
  }
}

TEST_CASE("keys: the defaults are allowed") {
  settings values;
  for (const setting_key& key : setting_keys()) {
    CAPTURE(key.path());
    CHECK(accepts(key.section, key.name, key.read(values)));
  }
}

TEST_CASE("keys: slots are a power of two") {
  CHECK(accepts("cluster", "slots", std::int64_t{1}));
  CHECK(accepts("cluster", "slots", std::int64_t{256}));
  CHECK_FALSE(accepts("cluster", "slots", std::int64_t{255}));
  CHECK_FALSE(accepts("cluster", "slots", std::int64_t{257}));
}

TEST_CASE("keys: listen is HOST:PORT") {
  for (const char* good : {"127.0.0.1:0", "localhost:65535", "[::1]:8080", "a:1"})
    CHECK(accepts("host", "listen", std::string(good)));
  for (const char* bad :
       {"", ":", ":80", "localhost", "localhost:", "localhost:65536", "a:-1", "a:+1", "a:1x",
        "::1:80", "[]:80", "[::1:80", "[a]b:80", "a b:80", "http://a:80"})
    CHECK_FALSE(accepts("host", "listen", std::string(bad)));
}

TEST_CASE("keys: public_url is empty or scheme and host only") {
  for (const char* good : {"", "http://a", "https://chat.example:8443"})
    CHECK(accepts("host", "public_url", std::string(good)));
  for (const char* bad :
       {"a", "http://", "https://", "ftp://a", "http://a/", "http://a?b", "http://a b"})
    CHECK_FALSE(accepts("host", "public_url", std::string(bad)));
}

TEST_CASE("keys: ZooKeeper's servers are addresses with commas between them, its root is a path") {
  for (const char* good : {"", "127.0.0.1:2181", "zk1:2181,zk2:2181,[::1]:2181"})
    CHECK(accepts("cluster.zookeeper", "servers", std::string(good)));
  for (const char* bad : {",", "zk1", "zk1:2181,", ",zk1:2181", "zk1:2181, zk2:2181", "zk1:0", "zk1:2181/root"})
    CHECK_FALSE(accepts("cluster.zookeeper", "servers", std::string(bad)));
  for (const char* good : {"/carillon", "/chat/team-1", "/a.b/c_d"})
    CHECK(accepts("cluster.zookeeper", "root", std::string(good)));
  for (const char* bad : {"", "/", "carillon", "/a/", "//a", "/a//b", "/a b", "/..", "/a/."})
    CHECK_FALSE(accepts("cluster.zookeeper", "root", std::string(bad)));
  CHECK(accepts("cluster", "coordination", std::string("embedded")));
  CHECK_FALSE(accepts("cluster", "coordination", std::string("Zookeeper")));
}

TEST_CASE("keys: the default team's name is 1 to 80 bytes without odd characters") {
  CHECK(accepts("directory", "default_team", std::string("우리 팀")));
  CHECK(accepts("directory", "default_team", std::string(80, 'x')));
  CHECK_FALSE(accepts("directory", "default_team", std::string(81, 'x')));
  CHECK_FALSE(accepts("directory", "default_team", std::string()));
  CHECK_FALSE(accepts("directory", "default_team", std::string(" x")));
  CHECK_FALSE(accepts("directory", "default_team", std::string("x\ny")));

  CHECK(accepts("directory", "postgres", std::string()));
  CHECK(accepts("directory", "postgres", std::string("host=db1 password='a b'")));
  CHECK_FALSE(accepts("directory", "postgres", std::string("host=db1\ndbname=x")));
  CHECK_FALSE(accepts("directory", "postgres", std::string("host=db1\0dbname=x", 17)));
}

TEST_CASE("keys: a guess is made when at most a third of the letters differ") {
  CHECK(nearest_section("edgy") == "edge");
  CHECK(nearest_section("edxy").empty());
  CHECK(nearest_setting("cluster", "slot") == "cluster.slots");
  CHECK(nearest_setting("cluster", "slo").empty());
  CHECK(nearest_setting("limits", "slots") == "cluster.slots");
}

TEST_CASE("keys: text after --set becomes a value of the key's type, or stays text to be refused") {
  const setting_key* number = find_setting("edge", "io_threads");
  const setting_key* flag = find_setting("storage", "fsync");
  const setting_key* text = find_setting("host", "data");
  CHECK(number->from_text("12") == setting_value(std::int64_t{12}));
  CHECK(number->from_text("12 ") == setting_value(std::string("12 ")));
  CHECK(number->from_text("99999999999999999999") ==
        setting_value(std::string("99999999999999999999")));
  CHECK(flag->from_text("false") == setting_value(false));
  CHECK(flag->from_text("True") == setting_value(std::string("True")));
  CHECK(text->from_text("12") == setting_value(std::string("12")));
}
