// A host that has more to do than it can: what is too much is turned away at once with 429 and when to
// come again, what is read is still answered, people and machines are told, and nothing that was
// acknowledged is lost. The disk is slowed by the shim (tools/faults).
#include <algorithm>
#include <cstdlib>
#include <optional>

#include <doctest/doctest.h>

#include "tests/support/live_site.hpp"
#include "tools/faults/host_shim.hpp"

namespace carillon::testing {
namespace {

constexpr std::chrono::seconds patience{60};

std::string page(live_site& site, const std::string& path) {
  client::http_client http(site.loop(), site.where());
  std::optional<std::string> out;
  http.send("GET " + path + " HTTP/1.1\r\nHost: " + site.where().host + "\r\nAuthorization: Bearer " +
                site.host().admin_token() + "\r\n\r\n",
            [&](const client::http_response_view* response) {
              out = response && response->status == 200 ? std::string(response->body) : "";
            });
  REQUIRE(site.loop().run_until([&] { return out.has_value(); }, patience));
  return *out;
}

// Of the line that starts so; -1: there is none.
double metric(const std::string& page, const std::string& name) {
  const std::size_t at = page.find('\n' + name + ' ');
  return at == std::string::npos ? -1
                                 : std::strtod(page.c_str() + at + name.size() + 2, nullptr);
}

std::size_t refusals(live_site& site) {
  std::size_t sum = 0;
  for (const auto& poster : site.posters())
    sum += poster->refusals().size();
  return sum;
}

// Those who were refused try again until everything is acknowledged.
void go_on(live_site& site) {
  for (auto& poster : site.posters())
    poster->finish();
  REQUIRE(site.loop().run_until(
      [&] {
        for (auto& poster : site.posters())
          if (!poster->is_settled())
            poster->retry();
        return std::all_of(site.posters().begin(), site.posters().end(),
                           [](auto& poster) { return poster->is_settled(); });
      },
      patience));
  site.settle();
  for (const auto& violation : site.violations())
    FAIL_CHECK(violation);
}

} // namespace

TEST_CASE("busy host: a slow disk turns posts away with 429, reads are answered, nothing is lost") {
  if (auto why = faults::host_shim::obstacle()) {
    MESSAGE("skipped: ", *why);
    return;
  }
  client::scratch_folder folder;
  faults::host_shim shim(folder.path() + "/shim");
  live_site site({.settings = {"storage.journal_delay_max_ms=300"}, .environment = shim.environment()},
                 {.posters = 16, .channels = 2, .users = 4, .text_bytes = 40});
  site.follower().connect(site.where());
  const auto late = site.posters().begin() + 8;
  for (auto poster = site.posters().begin(); poster != late; ++poster)
    (*poster)->resume(site.where());
  site.post_until(100);
  CHECK(refusals(site) == 0);

  // Those who post already may all wait for the same write: who comes meanwhile is turned away.
  shim.set({.sync_delay = std::chrono::milliseconds(1'500)});
  for (auto poster = late; poster != site.posters().end() && refusals(site) == 0; ++poster) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (metric(page(site, "/metrics"), "carillon_journal_delay_seconds") < 0.3)
      REQUIRE(std::chrono::steady_clock::now() < deadline);
    (*poster)->resume(site.where());
    REQUIRE(site.loop().run_until(
        [&] { return refusals(site) > 0 || (*poster)->acknowledged() > 0; }, patience));
  }
  REQUIRE(refusals(site) > 0);
  for (const auto& poster : site.posters())
    for (const auto& refusal : poster->refusals()) {
      CHECK(refusal.status == 429);
      CHECK(refusal.retry_after >= 1);
      CHECK(refusal.retry_after <= 3);
      CHECK(refusal.body == R"({"ok":false,"error":"ratelimited"})");
    }
  // Within the two seconds for which a door counts as shut; what is read may wait for the disk.
  auto reader = site.as_follower();
  const auto health = reader.try_get("/healthz");
  CHECK(health.status == 200);
  REQUIRE(health.json.contains("turned_away"));
  const std::string words(health.json.at("turned_away").at(0).as_string());
  CHECK(words.starts_with("posts are turned away: the disk is "));
  CHECK(page(site, "/inspect/host").find("posts are turned away: the disk is ") != std::string::npos);
  CHECK(metric(page(site, "/metrics"), "carillon_refused_total{reason=\"disk\"}") > 0);
  const auto read = reader.try_call("conversations.history", {{"channel", site.channels()[0]}});
  CHECK(read.is_ok());
  CHECK(reader.try_get("/readyz").status == 200);
  CHECK(site.host().log_text().find("posts are turned away: the disk is ") != std::string::npos);

  shim.set({});
  go_on(site);
}

TEST_CASE("busy host: calls above the limit are turned away at once, and none is left counted") {
  if (auto why = faults::host_shim::obstacle()) {
    MESSAGE("skipped: ", *why);
    return;
  }
  client::scratch_folder folder;
  faults::host_shim shim(folder.path() + "/shim");
  live_site site({.settings = {"edge.calls_max=4"}, .environment = shim.environment()},
                 {.posters = 16, .channels = 2, .users = 4, .text_bytes = 40});
  shim.set({.sync_delay = std::chrono::milliseconds(200)});
  site.follower().connect(site.where());
  site.resume_posters();
  // Four are waited for; the others know it before the disk does anything.
  REQUIRE(site.loop().run_until([&] { return refusals(site) >= 12; }, patience));
  CHECK(metric(page(site, "/metrics"), "carillon_refused_total{reason=\"calls\"}") >= 12);
  shim.set({});
  go_on(site);
  CHECK(metric(page(site, "/metrics"), "carillon_calls_in_progress") == 0);
}

TEST_CASE("busy host: one user that floods is turned away alone, others' posts never are") {
  if (auto why = faults::host_shim::obstacle()) {
    MESSAGE("skipped: ", *why);
    return;
  }
  client::scratch_folder folder;
  faults::host_shim shim(folder.path() + "/shim");
  live_site site({.settings = {"edge.calls_max=200"}, .environment = shim.environment()},
                 {.posters = 600, .channels = 2, .users = 2, .text_bytes = 40});
  shim.set({.sync_delay = std::chrono::milliseconds(20)});
  site.follower().connect(site.where());
  // Users take turns: every other connection is the flooder's.
  auto& posters = site.posters();
  auto& other = *posters[1];
  const auto press_on = [&] {
    for (std::size_t i = 0; i < posters.size(); i += 2)
      if (!posters[i]->is_settled())
        posters[i]->retry();
  };
  for (std::size_t i = 0; i < posters.size(); i += 2)
    posters[i]->resume(site.where());
  REQUIRE(site.loop().run_until([&] { return refusals(site) >= 100; }, patience));
  other.resume(site.where());
  REQUIRE(site.loop().run_until(
      [&] {
        press_on();
        return other.acknowledged() >= 30 || !other.refusals().empty();
      },
      patience));
  CHECK(refusals(site) > 100);
  REQUIRE(other.refusals().empty());
  CHECK(metric(page(site, "/metrics"), "carillon_refused_total{reason=\"calls\"}") == 0);
  shim.set({});
  go_on(site);
  CHECK(metric(page(site, "/metrics"), "carillon_calls_in_progress") == 0);
}

TEST_CASE("busy host: a memory ceiling under what the settings allow is refused at the start") {
  client::scratch_folder folder;
  client::host_process host({.data = folder.path() + "/data", .settings = {"host.memory_max_mb=300"}});
  host.launch();
  const auto ended = host.wait_for_exit(patience);
  REQUIRE(ended);
  CHECK(ended->code == 1);
  CHECK(host.log_text().find("more than the ceiling of 300 MiB (host.memory_max_mb)") !=
        std::string::npos);
}

TEST_CASE("busy host: its memory ceiling and how near it is are told to machines") {
  live_site site({.settings = {"host.memory_max_mb=4096"}},
                 {.posters = 1, .channels = 1, .users = 1, .text_bytes = 40});
  const std::string now = page(site, "/metrics");
  CHECK(metric(now, "carillon_memory_ceiling_bytes") == 4096.0 * 1024 * 1024);
  CHECK(metric(now, "carillon_memory_level") == 0);
}

} // namespace carillon::testing
