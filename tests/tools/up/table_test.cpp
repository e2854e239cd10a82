// The table of `carillon up`, and what a host's /healthz is read as.
#include <doctest/doctest.h>

#include "tools/up/table.hpp"

using namespace carillon;
using namespace std::chrono_literals;

TEST_CASE("up: a host is down, starting, serving, or not well for a reason") {
  up::host_row row{.name = "a", .url = "", .runs = false, .starts = 1, .now = {}, .before = {}};
  CHECK(up::state_of(row) == "down");
  row.runs = true;
  CHECK(up::state_of(row) == "starting");
  row.now = cluster::read_health(503, R"({"ok":false,"reason":"cut_off: hears no majority"})");
  CHECK(up::state_of(row) == "not well: cut_off: hears no majority");
  row.now = cluster::read_health(200, R"({"ok":true,"leads":[1,5],"posts":10})");
  CHECK(up::state_of(row) == "serving");
}

TEST_CASE("up: rates are per second, and nothing is said about a host that started again") {
  up::host_row row{.name = "a", .url = "http://x", .runs = true, .starts = 1, .now = {}, .before = {}};
  row.before = cluster::read_health(200, R"({"posts":100,"deliveries":1000,"leads":[]})");
  row.now = cluster::read_health(200, R"({"posts":150,"deliveries":3000,"leads":[1,2,3]})");
  std::string table = up::render({row}, 500ms);
  CHECK(table.find(" 100 ") != std::string::npos);
  CHECK(table.find(" 4000 ") != std::string::npos);
  CHECK(table.find(" 3 ") != std::string::npos);
  row.now.posts = 5;
  CHECK(up::render({row}, 500ms).find(" 100 ") == std::string::npos);
}

TEST_CASE("up: which slots a host leads, of how many, is read as it says it") {
  auto health = cluster::read_health(200, R"({"slots":64,"leads":[1,5]})");
  CHECK(health.slots == 64);
  CHECK(health.leads == std::vector<std::uint32_t>{1, 5});
  CHECK(cluster::read_health(200, R"({"slots":"many"})").slots == 0);
}

TEST_CASE("up: what is no answer of a host is no answer") {
  CHECK_FALSE(cluster::read_health(0, "").answers);
  CHECK_FALSE(cluster::read_health(200, "<html>").answers);
  CHECK_FALSE(cluster::read_health(200, "[]").answers);
  CHECK(cluster::read_health(503, "{}").answers);
  CHECK_FALSE(cluster::read_health(503, "{}").well);
}
