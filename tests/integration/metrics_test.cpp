// What a running host says of itself to machines: /metrics for operators, /readyz and /healthz for
// proxies and people, its log as JSON.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/support/live_site.hpp"

namespace carillon::testing {
namespace {

struct answer {
  int status = 0;
  std::string body;
};

answer get(live_site& site, const std::string& path, const std::string& token) {
  std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + site.where().host + "\r\n";
  if (!token.empty())
    request += "Authorization: Bearer " + token + "\r\n";
  client::http_client http(site.loop(), site.where());
  std::optional<answer> out;
  http.send(request + "\r\n", [&](const client::http_response_view* response) {
    out.emplace();
    if (response) {
      out->status = response->status;
      out->body = response->body;
    }
  });
  REQUIRE(site.loop().run_until([&] { return out.has_value(); }, std::chrono::seconds(30)));
  return *out;
}

// Of the line that starts so; -1: there is none.
double value_of(const std::string& page, const std::string& name_and_labels) {
  const std::size_t at = page.find('\n' + name_and_labels + ' ');
  return at == std::string::npos
             ? -1
             : std::strtod(page.c_str() + at + name_and_labels.size() + 2, nullptr);
}

} // namespace

TEST_CASE("metrics: operators read them, nobody else does, and they count what happened") {
  live_site site({.settings = {"host.log_json=true"}},
                 {.posters = 4, .channels = 2, .users = 4, .text_bytes = 40});
  site.follower().connect(site.where());
  site.resume_posters();
  site.post_until(200);
  site.settle();
  const std::string token = site.host().admin_token();

  CHECK(get(site, "/metrics", "").status == 401);
  CHECK(get(site, "/metrics", "xapp-guessed").status == 403);
  CHECK(get(site, "/metrics", site.as_follower().token()).status == 403);

  answer page;
  auto value = [&](const std::string& name) { return value_of(page.body, name); };
  // What was acknowledged is committed; what members' inboxes are told of it follows a moment later.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  do {
    page = get(site, "/metrics", token);
    REQUIRE(page.status == 200);
  } while (value("carillon_raft_uncommitted_entries") != 0 &&
           std::chrono::steady_clock::now() < deadline);
  CHECK(value("carillon_posts_total") >= 200);
  CHECK(value("carillon_deliveries_total") >= 200);
  CHECK(value("carillon_post_seconds_count{stage=\"whole\"}") >= 200);
  CHECK(value("carillon_post_seconds_count{stage=\"commit\"}") >= 200);
  CHECK(value("carillon_journal_write_seconds_count") > 0);
  CHECK(value("carillon_journal_entries_total") >= 200);
  CHECK(value("carillon_token_lookups_total{outcome=\"hit\"}") > 100);
  CHECK(value("carillon_activations_total") >= 2);
  CHECK(value("carillon_entities") >= 2);
  CHECK(value("carillon_handler_seconds_count{actor=\"channel\"}") > 0);
  CHECK(value("carillon_mailbox_messages_count{actor=\"slot\"}") > 0);
  CHECK(value("carillon_raft_groups_led") == 65); // with the meta group
  CHECK(value("carillon_raft_elections_total") == 65);
  CHECK(value("carillon_raft_uncommitted_entries") == 0);
  CHECK(value("carillon_slots_without_leader") == 0);
  CHECK(value("carillon_websockets") == 1);
  CHECK(value("carillon_ready") == 1);
  CHECK(value("process_resident_memory_bytes") > 1e6);
  if (const char* promtool = std::getenv("PROMTOOL")) {
    const std::string path = site.host().log_path() + ".metrics";
    std::ofstream(path) << page.body;
    CHECK(std::system((std::string(promtool) + " check metrics < " + path).c_str()) == 0);
    std::remove(path.c_str());
  }

  const answer ready = get(site, "/readyz", "");
  CHECK(ready.status == 200);
  CHECK(ready.body == R"({"ready":true})");

  SUBCASE("the log is a JSON object a line") {
    std::istringstream lines(site.host().log_text());
    std::size_t objects = 0;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with('{'))
        continue; // "Carillon is ready at ..." is for people
      boost::json::error_code failure;
      const auto parsed = boost::json::parse(line, failure);
      INFO(line);
      REQUIRE(!failure);
      for (const char* key : {"time", "level", "part", "message"})
        CHECK(parsed.as_object().contains(key));
      ++objects;
    }
    CHECK(objects > 1);
  }
}

} // namespace carillon::testing
