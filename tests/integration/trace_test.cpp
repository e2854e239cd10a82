// One message's trip through a cluster of three real processes: posted as an operator would, read back
// from any host, with a client's own traceparent on the way; and with slow disks and wrong clocks, for
// which the trace must name the host that is to blame.
#include <algorithm>
#include <map>
#include <set>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "runtime/base/trace.hpp"
#include "runtime/wire/json.hpp"
#include "tools/client/host_process.hpp"
#include "tools/client/rtm_client.hpp"
#include "tools/client/workforce.hpp"
#include "tools/cluster/cluster_process.hpp"
#include "tools/faults/host_shim.hpp"

namespace carillon::testing {
namespace {

namespace json = boost::json;

const std::string trace_hex = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr std::chrono::seconds patience{30};

struct answer {
  int status = 0;
  std::string head;
  json::object body;
};

struct trip_step {
  std::string host;
  std::string step;
  std::int64_t at = 0;
};

std::set<std::string> hosts_of(const std::vector<trip_step>& steps, const std::string& step) {
  std::set<std::string> out;
  for (const trip_step& each : steps)
    if (each.step == step)
      out.insert(each.host);
  return out;
}

bool is_whole(const std::vector<trip_step>& steps) {
  return hosts_of(steps, "applied").size() == 3 && hosts_of(steps, "published").size() == 3 &&
         hosts_of(steps, "written").size() == 3 && hosts_of(steps, "replied").size() == 1;
}

// Three hosts, a member of #trips connected to each of them.
class traced_cluster {
public:
  traced_cluster() {
    hosts_.launch_all();
    hosts_.wait_until_all_listen();
    const auto people = client::hire(loop_, where(0), hosts_.admin_token(), 4, "traveller");
    poster = people[0];
    client::api_client owner(loop_, where(0), poster.token);
    channel = client::create_channel(owner, "trips");
    client::invite(owner, channel, {people.begin() + 1, people.end()});
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      client::api_client reader(loop_, where(i), people[i + 1].token);
      readers_.push_back(std::make_unique<client::rtm_client>(loop_, [this](std::string_view text) {
        heard_ += text.find("where is it") != std::string_view::npos;
      }));
      readers_.back()->connect(std::string(reader.call("rtm.connect").at("url").as_string()));
      REQUIRE(loop_.run_until(
          [&] { return readers_.back()->current() == client::rtm_client::state::ready; }, patience));
    }
  }

  answer ask(std::size_t host, const std::string& method, const std::string& target,
             const std::string& token, const std::string& headers = {},
             const std::string& body = {}) {
    client::http_client http(loop_, where(host));
    std::optional<answer> out;
    http.send(method + " " + target + " HTTP/1.1\r\nHost: " + where(host).authority() +
                  "\r\nAuthorization: Bearer " + token + "\r\n" + headers +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
              [&](const client::http_response_view* said) {
                REQUIRE(said);
                out = answer{said->status, std::string(said->head),
                             json::parse(said->body).as_object()};
              });
    REQUIRE(loop_.run_until([&] { return out.has_value(); }, patience));
    return *out;
  }
  answer operate(std::size_t host, const std::string& method, const std::string& target) {
    return ask(host, method, "/inspect/" + target, hosts_.admin_token());
  }
  answer post(std::size_t host, const std::string& traceparent) {
    return ask(host, "POST", "/api/chat.postMessage", poster.token,
               "Content-Type: application/x-www-form-urlencoded\r\ntraceparent: " + traceparent + "\r\n",
               "channel=" + channel + "&text=where%20is%20it");
  }

  // Disks and clocks are as `set` says from now on. False: nothing can be preloaded here.
  bool set(std::size_t host, const faults::host_weather& weather) {
    if (shims_.empty())
      return false;
    shims_[host]->set(weather);
    return true;
  }
  // Posts through `host` until the trip, which has come to its end, `holds`; the last one.
  wire::trace_picture post_until(std::size_t host,
                                 const std::function<bool(const wire::trace_picture&)>& holds) {
    auto as_picture = [](const answer& said) {
      REQUIRE(said.status == 200);
      wire::inspect_reply reply;
      REQUIRE(wire::from_json(json::serialize(said.body), reply));
      return reply.trace();
    };
    const auto give_up = steady_now() + patience;
    for (;;) {
      const auto posted = as_picture(
          operate(host, "POST", "trace?channel=" + channel + "&text=where%20is%20it"));
      const std::string id = trace_text(posted.trace());
      REQUIRE(is_whole(trip(host, id, is_whole)));
      auto told = as_picture(operate(host, "GET", "trace?id=" + id));
      if (holds(told) || steady_now() > give_up)
        return told;
    }
  }
  // Asked through `host`, from where it is led.
  std::string leader(std::size_t host) {
    const answer said = operate(host, "GET", "entity?name=channel/" + channel);
    REQUIRE(said.status == 200);
    return std::string(said.body.at("entity").at("host").as_string());
  }

  // As `host` tells it, once `holds`; all hosts are asked.
  std::vector<trip_step> trip(std::size_t host, const std::string& id,
                              const std::function<bool(const std::vector<trip_step>&)>& holds) {
    std::vector<trip_step> steps;
    const auto give_up = steady_now() + patience;
    do {
      steps.clear();
      const answer said = operate(host, "GET", "trace?id=" + id);
      REQUIRE(said.status == 200);
      for (const json::value& each : said.body.at("trace").at("steps").as_array())
        steps.push_back({std::string(each.at("host").as_string()),
                         std::string(each.at("step").as_string()),
                         std::stoll(std::string(each.at("at").as_string()))});
    } while (!holds(steps) && steady_now() < give_up);
    return steps;
  }

  void wait_heard(int times) {
    REQUIRE(loop_.run_until([&] { return heard_ >= times; }, patience));
  }
  const client::endpoint& where(std::size_t host) const { return hosts_.where(host); }
  std::string name(std::size_t host) { return hosts_.entry(host).name; }
  std::size_t size() const { return hosts_.size(); }

  client::worker poster;
  std::string channel;

private:
  client::scratch_folder folder_;
  client::event_loop loop_;
  std::vector<std::unique_ptr<faults::host_shim>> shims_;  // none: nothing can be preloaded here
  cluster::cluster_process hosts_{cluster::cluster_process::options{
      .file = cluster::write_cluster_file({.folder = folder_.path()}),
      .each = [this](std::size_t host, client::host_process::options& how) {
        if (faults::host_shim::obstacle())
          return;
        shims_.push_back(std::make_unique<faults::host_shim>(folder_.path() + "/shim" + std::to_string(host)));
        how.environment = shims_.back()->environment();
      }}};
  std::vector<std::unique_ptr<client::rtm_client>> readers_;
  int heard_ = 0;
};

// On one host, in the order of the trip; what two hosts say is compared by nobody's clock.
void check_order(const std::vector<trip_step>& steps, const std::string& host,
                 const std::vector<std::string>& order) {
  std::map<std::string, std::int64_t> at;
  for (const trip_step& each : steps)
    if (each.host == host)
      at.emplace(each.step, each.at);
  for (std::size_t i = 1; i < order.size(); ++i) {
    INFO(host, ": ", order[i - 1], " before ", order[i]);
    REQUIRE(at.contains(order[i - 1]));
    REQUIRE(at.contains(order[i]));
    CHECK(at[order[i - 1]] <= at[order[i]]);
  }
}

} // namespace

TEST_CASE("trace: a marked message tells on every host when it was where, whichever host is asked") {
  traced_cluster c;
  const std::string leader = c.leader(0);  // posted through a host that does not lead: all of the way
  std::size_t asking = 0;
  while (c.name(asking) == leader)
    ++asking;

  const std::string traceparent = "00-" + trace_hex + "-00f067aa0ba902b7-01";
  const answer posted = c.post(asking, traceparent);
  REQUIRE(posted.body.at("ok").as_bool());
  CHECK(posted.head.find("traceparent: 00-" + trace_hex) != std::string::npos);
  c.wait_heard(3);
  for (std::size_t asked = 0; asked < c.size(); ++asked) {
    const auto steps = c.trip(asked, trace_hex, is_whole);
    REQUIRE(is_whole(steps));
    for (const char* step : {"received", "asked", "answered", "replied"})
      CHECK(hosts_of(steps, step) == std::set<std::string>{c.name(asking)});
    for (const char* step : {"arrived", "admitted", "proposed", "sent"})
      CHECK(hosts_of(steps, step) == std::set<std::string>{leader});
    CHECK(hosts_of(steps, "appended").size() == 2);
    CHECK_FALSE(hosts_of(steps, "appended").contains(leader));
    for (const char* step : {"fsynced", "committed", "at_hub"})
      CHECK(hosts_of(steps, step).size() == 3);
    check_order(steps, leader, {"arrived", "admitted", "proposed", "fsynced"});
    check_order(steps, leader, {"proposed", "committed", "sent", "at_hub", "published", "written"});
    check_order(steps, c.name(asking), {"received", "asked", "answered", "replied"});
    for (std::size_t i = 0; i < c.size(); ++i)
      if (c.name(i) != leader) {
        check_order(steps, c.name(i), {"appended", "fsynced", "applied"});
        check_order(steps, c.name(i), {"at_hub", "published", "written"});
      }
  }
}

TEST_CASE("trace: an operator posts a message to follow, and a message of nobody's leaves nothing") {
  traced_cluster c;
  const answer posted =
      c.operate(1, "POST", "trace?channel=" + c.channel + "&text=where%20is%20it");
  REQUIRE(posted.status == 200);
  c.wait_heard(3);
  const std::string mark = "00-" + trace_hex + "-00f067aa0ba902b7-00";
  REQUIRE(c.post(2, mark).body.at("ok").as_bool());
  c.wait_heard(6);
  CHECK(c.trip(0, trace_hex, [](const auto&) { return true; }).empty());
  const answer nowhere = c.operate(1, "POST", "trace?channel=C000000000009&text=x");
  CHECK(nowhere.status == 400);
  CHECK(nowhere.body.at("error") == "channel_not_found");
}

TEST_CASE("trace: the fsync of the host whose disk is slow is the longest wait, and named") {
  traced_cluster c;
  constexpr std::chrono::milliseconds slow{60};
  const std::string leader = c.leader(0);
  std::vector<std::size_t> followers;
  for (std::size_t i = 0; i < c.size(); ++i)
    if (c.name(i) != leader)
      followers.push_back(i);

  // One slow follower keeps nobody waiting: the other two are a majority. It is told all the same.
  if (!c.set(followers[0], {.sync_delay = slow})) {
    MESSAGE("skipped: ", *faults::host_shim::obstacle());
    return;
  }
  const std::string slow_name = c.name(followers[0]);
  const auto is_unawaited = [&](const wire::trace_picture& trip) {
    return std::any_of(trip.notes().begin(), trip.notes().end(), [&](const std::string& note) {
      return note.find("for the fsync of " + slow_name + ", which kept nobody waiting") != std::string::npos;
    });
  };
  auto trip = c.post_until(0, is_unawaited);
  CAPTURE(trip.ShortDebugString());
  CHECK(is_unawaited(trip));

  // Two, and everybody waits for the faster of them.
  c.set(followers[1], {.sync_delay = slow});
  const auto is_named = [&](const wire::trace_picture& said) {
    const auto& words = said.longest().words();
    return words.starts_with("the fsync of ") && words.find("the majority was ") != std::string::npos;
  };
  for (std::size_t asked = 0; asked < c.size(); ++asked) {
    CAPTURE(asked);
    trip = c.post_until(asked, is_named);
    REQUIRE(is_named(trip));
    const auto& late = trip.steps(static_cast<int>(trip.longest().step()));
    CHECK(late.step() == "fsynced");
    CHECK((late.host() == c.name(followers[0]) || late.host() == c.name(followers[1])));
    CHECK(trip.longest().time() >= 60'000);
    CHECK(trip.until_replied() >= 60'000);
  }
}

TEST_CASE("trace: whatever the hosts' clocks say, causes come before effects") {
  traced_cluster c;
  if (!c.set(1, {.clock_offset = std::chrono::minutes(15)})) {
    MESSAGE("skipped: ", *faults::host_shim::obstacle());
    return;
  }
  c.set(2, {.clock_offset = -std::chrono::milliseconds(3)});
  for (std::size_t asked = 0; asked < c.size(); ++asked) {
    CAPTURE(asked);
    const auto trip = c.post_until(asked, [](const auto&) { return true; });
    CAPTURE(trip.ShortDebugString());
    for (const auto& step : trip.steps())
      if (step.after() > 0)
        CHECK(trip.steps(static_cast<int>(step.after()) - 1).at() <= step.at());
    for (const auto& clock : trip.clocks()) {
      constexpr std::int64_t ahead[] = {0, 900'000'000, -3'000};
      const std::size_t host = clock.host() == c.name(0) ? 0 : clock.host() == c.name(1) ? 1 : 2;
      CHECK_FALSE(clock.odd());
      // The true one is within what it is said to be exact to; a little for clocks that are slewed.
      CHECK(std::abs(clock.offset() - (ahead[host] - ahead[asked])) <=
            static_cast<std::int64_t>(clock.exact_to()) + 1'000);
    }
    CHECK(trip.until_replied() < 60'000'000);
  }
}

} // namespace carillon::testing
