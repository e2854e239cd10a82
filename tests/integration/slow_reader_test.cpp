// A client of a real host that reads too slowly, while many post: one that reads on is given everything
// from the log, one that never does is closed, and nobody else notices.
#include <atomic>
#include <thread>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "tests/support/live_site.hpp"
#include "tests/support/raw_client.hpp"

namespace carillon::testing {
namespace {

namespace json = boost::json;

constexpr std::size_t posts = 20'000;
constexpr std::string_view last_words = "that was all";

live_site::plan crowd() {
  return {.posters = 32, .channels = 1, .users = 8, .text_bytes = 1'000};
}

// A WebSocket of one of those who post, whose kernel takes little.
raw_client listen_as(live_site& site, const std::string& token) {
  client::api_client api(site.loop(), site.where(), token);
  const std::string url(api.call("rtm.connect").at("url").as_string());
  raw_client out = open_websocket(site.where().port, url.substr(url.find("/rtm/")));
  out.receive_little();
  CHECK(out.receive_frame().payload.find("hello") != std::string::npos);
  return out;
}

// Of the line that starts so in /metrics; -1: there is none.
double metric(live_site& site, const std::string& name) {
  client::http_client http(site.loop(), site.where());
  std::optional<std::string> page;
  http.send("GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + site.host().admin_token() +
                "\r\n\r\n",
            [&](const client::http_response_view* response) {
              page = response ? std::string(response->body) : std::string();
            });
  REQUIRE(site.loop().run_until([&] { return page.has_value(); }, std::chrono::seconds(30)));
  const std::size_t at = page->find('\n' + name + ' ');
  return at == std::string::npos ? -1 : std::strtod(page->c_str() + at + name.size() + 2, nullptr);
}

struct heard {
  std::vector<std::uint64_t> seqs;  // of messages, edits and deletions
  std::size_t edits = 0;
  std::vector<std::uint64_t> told_behind_from;
  std::size_t at_notice = 0;  // how many of seqs had come when it was told first
  std::string failure;
};

heard read_until_last_words(raw_client& client) {
  heard out;
  try {
    while (true) {
      const ws_frame frame = client.receive_frame_but_ping();
      if (frame.opcode != 1) {
        out.failure = "a frame that is no text";
        return out;
      }
      const json::object said = json::parse(frame.payload).as_object();
      const json::string& type = said.at("type").as_string();
      if (type == "lagging") {
        if (out.told_behind_from.empty())
          out.at_notice = out.seqs.size();
        out.told_behind_from.push_back(said.at("from_seq").to_number<std::uint64_t>());
      }
      if (type != "message")
        continue;
      out.seqs.push_back(said.at("seq").to_number<std::uint64_t>());
      out.edits += said.contains("subtype") && said.at("subtype").as_string() == "message_changed";
      if (said.contains("text") && said.at("text").as_string() == last_words)
        return out;
    }
  } catch (const std::exception& why) {
    out.failure = why.what();
  }
  return out;
}

}  // namespace

TEST_CASE("slow reader: who stops reading while 20,000 posts go by and reads on gets each once, in order") {
  live_site site({.settings = {"edge.outbound_queue_max_bytes=65536", "edge.transient_queue_max_bytes=65536",
                               "edge.ping_interval_ms=600000"}},
                 crowd());
  const std::string& channel = site.channels().front();
  const std::string token = site.posters().front()->who().token;
  raw_client slow = listen_as(site, token);
  site.follower().connect(site.where());
  site.resume_posters();
  for (std::size_t done = posts / 10; done <= posts / 2; done += posts / 10) {
    site.post_until(done);
    site.post_and_edit(channel);
  }
  CHECK(metric(site, "carillon_behind_connections") == 1);
  CHECK(metric(site, "carillon_events_skipped_total") > posts / 10);
  CHECK(metric(site, "carillon_outbound_queue_bytes") < 1'000'000);

  // It reads on while the others go on as well.
  heard all;
  std::thread reader([&] { all = read_until_last_words(slow); });
  for (std::size_t done = posts * 6 / 10; done <= posts; done += posts / 10) {
    site.post_until(done);
    site.post_and_edit(channel);
  }
  site.settle();
  client::api_client(site.loop(), site.where(), token)
      .call("chat.postMessage", {{"channel", channel}, {"text", std::string(last_words)}});
  reader.join();

  CHECK(all.failure == "");
  REQUIRE(all.seqs.size() > posts);
  for (std::size_t i = 1; i < all.seqs.size(); ++i)
    REQUIRE(all.seqs[i] == all.seqs[i - 1] + 1);
  CHECK(all.seqs.front() <= all.seqs.back() - posts);
  CHECK(all.edits == 10);
  REQUIRE(all.told_behind_from.size() >= 1);
  CHECK(all.told_behind_from.front() == all.seqs[all.at_notice]);
  CHECK(metric(site, "carillon_behind_connections") == 0);
  CHECK(metric(site, "carillon_caught_up_total") == metric(site, "carillon_fell_behind_total"));
  CHECK(metric(site, "carillon_events_read_back_total") > posts / 10);
  CHECK(metric(site, "carillon_slow_closes_total") == 0);
  CHECK(site.violations() == std::vector<std::string>{});
}

TEST_CASE("slow reader: who never reads on is closed when its time is over, and nobody else misses anything") {
  live_site site({.settings = {"edge.outbound_queue_max_bytes=65536", "edge.transient_queue_max_bytes=65536",
                               "edge.lagging_timeout_ms=500", "edge.ping_interval_ms=600000"}},
                 crowd());
  const std::string token = site.posters().front()->who().token;
  raw_client slow = listen_as(site, token);
  site.follower().connect(site.where());
  site.resume_posters();
  site.post_until(posts / 2);
  const auto give_up = steady_now() + std::chrono::seconds(30);
  while (metric(site, "carillon_slow_closes_total") != 1)
    REQUIRE(steady_now() < give_up);
  CHECK(metric(site, "carillon_behind_timeouts_total") == 1);
  CHECK(metric(site, "carillon_behind_connections") == 0);
  site.settle();
  CHECK(site.violations() == std::vector<std::string>{});
}

}  // namespace carillon::testing
