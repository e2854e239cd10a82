// Three hosts, of which one has a slow disk. It turns away posts to the channels that it leads, whoever
// passes them on, and goes on passing on posts to channels that others lead. What was acknowledged is in
// history once. The disk is slowed by the shim (tools/faults).
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include <doctest/doctest.h>

#include "tests/support/channel_follower.hpp"
#include "tests/support/insistent_poster.hpp"
#include "tools/cluster/cluster_process.hpp"
#include "tools/faults/host_shim.hpp"

namespace carillon::testing {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::size_t posters_max = 16;

class slowed_cluster {
public:
  slowed_cluster() {
    hosts_.launch_all();
    hosts_.wait_until_all_listen();
    people_ = client::hire(loop, where(0), hosts_.admin_token(), posters_max, "poster");
    client::api_client owner(loop, where(0), people_[0].token);
    // Enough for two leaders, wherever the ring puts them.
    std::map<std::size_t, std::string> led_by;
    for (int i = 0; i < 24; ++i) {
      const std::string channel = client::create_channel(owner, "busy-" + std::to_string(i));
      led_by.try_emplace(leader_of(channel), channel);
    }
    REQUIRE(led_by.size() >= 2);
    for (const auto& [leader, channel] : led_by) {
      client::invite(owner, channel, {people_.begin() + 1, people_.end()});
      channels.push_back(channel);
    }
  }

  const client::endpoint& where(std::size_t host) const { return hosts_.where(host); }
  client::api_client as(std::size_t person, std::size_t host) {
    return {loop, where(host), people_.at(person).token};
  }
  const client::worker& person(std::size_t which) const { return people_.at(which); }
  // What the host has turned away because of its disk.
  double refused(std::size_t host) {
    const std::string page = get(host, "/metrics");
    const std::string name = "\ncarillon_refused_total{reason=\"disk\"} ";
    const std::size_t at = page.find(name);
    REQUIRE(at != std::string::npos);
    return std::strtod(page.c_str() + at + name.size(), nullptr);
  }
  void slow_down(std::size_t host, std::chrono::milliseconds sync) {
    shims_[host]->set({.sync_delay = sync});
  }

  // At this moment: on a machine that is busy itself, hosts fall silent and leaders move.
  std::size_t leader_of(const std::string& channel) {
    const auto said =
        boost::json::parse(get(0, "/inspect/entity?name=channel/" + channel)).as_object();
    const std::string name(said.at("entity").at("host").as_string());
    for (std::size_t host = 0; host < hosts_.size(); ++host)
      if (hosts_.entry(host).name == name)
        return host;
    FAIL("no host ", name);
    return 0;
  }

  client::event_loop loop;
  std::vector<std::string> channels;  // led by different hosts when they were made

private:
  std::string get(std::size_t host, const std::string& path) {
    client::http_client http(loop, where(host));
    std::optional<std::string> out;
    http.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                  hosts_.admin_token() + "\r\n\r\n",
              [&](const client::http_response_view* said) {
                REQUIRE(said);
                REQUIRE(said->status == 200);
                out = std::string(said->body);
              });
    REQUIRE(loop.run_until([&] { return out.has_value(); }, patience));
    return *out;
  }

  client::scratch_folder folder_;
  std::vector<std::unique_ptr<faults::host_shim>> shims_;
  cluster::cluster_process hosts_{cluster::cluster_process::options{
      .file = cluster::write_cluster_file({.folder = folder_.path()}),
      .settings = {"storage.journal_delay_max_ms=800"},
      .each = [this](std::size_t host, client::host_process::options& how) {
        shims_.push_back(
            std::make_unique<faults::host_shim>(folder_.path() + "/shim" + std::to_string(host)));
        how.environment = shims_.back()->environment();
      }}};
  std::vector<client::worker> people_;
};

} // namespace

TEST_CASE("busy cluster: a leader with a slow disk turns posts away from wherever they come, others go on") {
  if (auto why = faults::host_shim::obstacle()) {
    MESSAGE("skipped: ", *why);
    return;
  }
  slowed_cluster site;
  const std::string its_channel = site.channels.front();
  const std::string others_channel = site.channels.back();
  std::size_t slow = site.leader_of(its_channel);
  std::vector<std::unique_ptr<insistent_poster>> posters;
  for (std::size_t i = 0; i < posters_max; ++i) {
    posters.push_back(std::make_unique<insistent_poster>(site.loop, site.person(i), its_channel,
                                                         "post-" + std::to_string(i)));
    posters.back()->resume(site.where((slow + 1) % 3));
  }
  auto acknowledged = [&] {
    std::size_t sum = 0;
    for (auto& each : posters)
      sum += each->acknowledged();
    return sum;
  };
  auto refused_one = [&]() -> insistent_poster* {
    for (auto& each : posters)
      if (!each->refusals().empty())
        return each.get();
    return nullptr;
  };
  REQUIRE(site.loop.run_until([&] { return acknowledged() >= 100; }, patience));
  CHECK(refused_one() == nullptr);

  // Whoever leads now is the slow one; who stopped leading just then is not.
  for (int tries = 0; refused_one() == nullptr; ++tries) {
    REQUIRE(tries < 6);
    site.slow_down(slow, std::chrono::milliseconds(0));
    slow = site.leader_of(its_channel);
    site.slow_down(slow, std::chrono::milliseconds(2'000));
    site.loop.run_until([&] { return refused_one() != nullptr; }, patience / 6);
  }
  const std::size_t other = (slow + 1) % 3;
  CHECK(refused_one()->refusals().front().status == 429);
  CHECK(refused_one()->refusals().front().retry_after >= 1);
  CHECK(site.refused(slow) > 0);
  CHECK(site.refused(other) == 0);
  for (int i = 0; i < 3; ++i)
    CHECK(site.as(0, slow)
              .try_call("chat.postMessage", {{"channel", others_channel}, {"text", "passed on"}})
              .status == 200);

  site.slow_down(slow, std::chrono::milliseconds(0));
  for (auto& each : posters)
    each->finish();
  REQUIRE(site.loop.run_until(
      [&] {
        for (auto& each : posters)
          if (!each->is_settled())
            each->retry();
        return std::all_of(posters.begin(), posters.end(), [](auto& p) { return p->is_settled(); });
      },
      patience));
  std::map<std::string, int> kept;
  auto reader = site.as(0, other);
  for (const auto& message : read_history(reader, its_channel))
    ++kept[message.key];
  for (auto& each : posters)
    for (const auto& post : each->posts())
      CHECK_MESSAGE(kept[post.key] == 1, post.key);
}

} // namespace carillon::testing
