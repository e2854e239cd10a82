// What an operator sees of three real hosts: the cluster with its leaders, an entity from whichever
// host is asked, what is busiest, a wish, and the live view; who may not; and what is left to see when
// a host is gone.
#include <set>

#include <doctest/doctest.h>

#include "runtime/base/logging.hpp"
#include "runtime/wire/json.hpp"
#include "tests/support/raw_client.hpp"
#include "tools/client/workforce.hpp"
#include "tools/cluster/cluster_process.hpp"

namespace carillon::testing {
namespace {

constexpr std::chrono::seconds patience{20};

struct answer {
  int status = 0;
  std::string body;
  wire::inspect_reply reply;  // of a 200
};

class site {
public:
  site()
      : hosts_({.file = cluster::write_cluster_file({.folder = folder_.path()}),
                .settings = {"edge.outbound_queue_max_bytes=1048576", "edge.lagging_timeout_ms=5000",
                             "edge.ping_interval_ms=60000"}}) {  // who is behind is closed for that
    hosts_.launch_all();
    hosts_.wait_until_all_listen();
    token = hosts_.admin_token();
  }

  answer ask(std::size_t host, const std::string& method, const std::string& what,
             const std::string& bearer) {
    raw_client client(hosts_.where(host).port);
    std::string text = method + " /inspect/" + what + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n";
    if (!bearer.empty())
      text += "Authorization: Bearer " + bearer + "\r\n";
    client.send(text + "\r\n");
    const http_answer got = client.receive_answer();
    answer out{got.status, got.body, {}};
    if (out.status == 200)
      (void)wire::from_json(out.body, out.reply);
    return out;
  }
  answer get(std::size_t host, const std::string& what) { return ask(host, "GET", what, token); }
  answer post(std::size_t host, const std::string& what) { return ask(host, "POST", what, token); }
  wire::cluster_picture look(std::size_t host) { return get(host, "cluster?slots=1").reply.cluster(); }

  // Asks again until it is so; a deadline fails the test.
  template <class Holds>
  void until(Holds holds) {
    const auto give_up = steady_now() + patience;
    while (!holds()) {
      REQUIRE(steady_now() < give_up);
      loop.run_for(std::chrono::milliseconds(50));
    }
  }

  cluster::cluster_process& hosts() { return hosts_; }
  client::event_loop loop;
  std::string token;

private:
  client::scratch_folder folder_;
  cluster::cluster_process hosts_;
};

// Every slot has one leader, and every replica of it says so.
bool is_settled(const wire::cluster_picture& picture, int hosts) {
  std::map<std::uint32_t, int> leaders, replicas;
  for (const wire::host_picture& host : picture.hosts())
    for (const wire::slot_picture& slot : host.slots()) {
      ++replicas[slot.slot()];
      leaders[slot.slot()] += slot.role() == "leader" && slot.serves();
      if (slot.leader().empty())
        return false;
    }
  if (picture.hosts_size() != hosts || leaders.size() != 64)
    return false;
  return std::all_of(leaders.begin(), leaders.end(), [](const auto& each) { return each.second == 1; }) &&
         std::all_of(replicas.begin(), replicas.end(),
                     [&](const auto& each) { return each.second == hosts; });
}

}  // namespace

TEST_CASE("inspect: three hosts, looked at from each of them") {
  site site;
  for (std::size_t host = 0; host < 3; ++host) {
    CAPTURE(host);
    site.until([&] { return is_settled(site.look(host), 3); });
    const auto picture = site.look(host);
    CHECK(picture.asked() == site.hosts().entry(host).name);
    CHECK(picture.silent_size() == 0);
    CHECK(picture.places_size() == 64);
    CHECK(picture.members_size() == 3);
    CHECK_FALSE(picture.meta_leader().empty());
    std::uint32_t led = 0;
    for (int i = 0; i < 3; ++i) {
      const wire::host_picture& seen = picture.hosts(i);
      CHECK(seen.name() == site.hosts().entry(static_cast<std::size_t>(i)).name);
      CHECK(seen.state() == "serving");
      CHECK(seen.slots_held() == 64);
      CHECK_FALSE(seen.version().empty());
      CHECK(seen.memory_bytes() > 1'000'000);
      REQUIRE(seen.links_size() == 2);
      CHECK(seen.links(0).up());
      CHECK(std::abs(seen.clock_offset()) < 300'000);  // one machine, one clock
      led += seen.slots_led();
    }
    CHECK(led == 64);
    REQUIRE(picture.states_size() == 64);
    for (const wire::slot_state& state : picture.states()) {
      CHECK_FALSE(state.leader().empty());
      CHECK_FALSE(state.hearsay());
    }
  }
  CHECK(site.get(0, "cluster").reply.cluster().hosts(0).slots_size() == 0);

  // Who may not.
  for (const char* what : {"cluster", "host", "top", "entity?name=slot/1"}) {
    CAPTURE(what);
    CHECK(site.ask(0, "GET", what, "").status == 401);
    CHECK(site.ask(0, "GET", what, "xoxp-nobody").status == 403);
  }
  CHECK(site.ask(0, "POST", "operate?entity=slot/1&what=stop", "").status == 401);
  CHECK(site.ask(0, "POST", "ticket", "").status == 401);
  auto people = client::hire(site.loop, site.hosts().where(0), site.token, 2, "eve");
  CHECK(site.ask(0, "GET", "cluster", people[0].token).status == 403);
  CHECK(site.ask(0, "POST", "ticket", people[0].token).status == 403);

  // A channel, from each host.
  client::api_client owner(site.loop, site.hosts().where(1), people[0].token);
  const std::string channel = client::create_channel(owner, "lookout");
  for (int i = 0; i < 5; ++i)
    owner.call("chat.postMessage", {{"channel", channel}, {"text", "secret " + std::to_string(i)}});
  std::set<std::string> places;
  for (std::size_t host = 0; host < 3; ++host) {
    CAPTURE(host);
    const auto seen = site.get(host, "entity?name=channel/" + channel + "&tail=3").reply.entity();
    places.insert(seen.host());
    CHECK(seen.awake());
    CHECK(seen.trouble().empty());
    CHECK(seen.channel().facts().name() == "lookout");
    CHECK(seen.channel().last_seq() >= 5);
    CHECK(seen.channel().member_count() == 1);
    REQUIRE(seen.channel().members_size() == 1);
    CHECK(seen.channel().members(0) == people[0].user_id);
    // By what people call it: the same picture.
    site.until([&] { return site.get(host, "entity?name=channel/%23lookout").status == 200; });
    const auto called = site.get(host, "entity?name=channel/%23lookout").reply.entity();
    CHECK(called.name() == "channel/" + channel);
    CHECK(called.channel().last_seq() == seen.channel().last_seq());
    CHECK(site.get(host, "entity?name=user/@eve0").reply.entity().name() == "user/" + people[0].user_id);
    CHECK(site.get(host, "entity?name=sessions/@eve0").reply.has_entities());
    const auto nobody = site.get(host, "entity?name=channel/%23nowhere");
    CHECK(nobody.status == 404);
    CHECK(nobody.body.find("no channel is called #nowhere in the team") != std::string::npos);
    CHECK(site.get(host, "entity?name=user/@nobody").status == 404);
    CHECK(site.get(host, "entity?name=user/no-team/@eve0").status == 404);
    REQUIRE(seen.channel().tail_size() == 3);
    CHECK(seen.channel().tail(0).seq() == seen.channel().last_seq());
    CHECK(seen.channel().tail(0).text().empty());  // unless it is asked for
  }
  CHECK(places.size() == 1);
  CHECK(site.get(2, "entity?name=" + channel + "&tail=1&text=1").reply.entity().channel().tail(0).text() ==
        "secret 4");
  CHECK(site.get(2, "entity?name=channel/C00000000000Z").status == 404);
  for (const char* unknown : {"user/U00000000000Z", "sessions/U00000000000Z", "U00000000000Z"}) {
    CAPTURE(unknown);
    const auto said = site.get(2, std::string("entity?name=") + unknown);
    CHECK(said.status == 404);
    CHECK(said.body.find("no team has a user of that id") != std::string::npos);
  }
  const auto copied = site.get(0, "entity?name=" + channel).reply.entity();
  REQUIRE(copied.copies_size() == 2);
  for (const wire::entity_copy& copy : copied.copies()) {
    CHECK(copy.host() != copied.host());
    CHECK(copy.voter());
  }
  CHECK(site.get(1, "entity?name=user/" + people[0].user_id).reply.entity().user().channel_count() >= 1);
  for (std::size_t host = 0; host < 3; ++host) {
    const auto slot = site.get(host, "entity?name=slot/5").reply.entity();
    CHECK(slot.slot_replica().role() == "leader");
    CHECK(slot.slot_replica().replicas_size() == 2);
    const auto meta = site.get(host, "entity?name=slot/64").reply.entity();
    CHECK(meta.host() == site.look(host).meta_leader());
    CHECK(meta.slot_replica().serves());
    const std::string name = site.hosts().entry((host + 1) % 3).name;
    CHECK(site.get(host, "entity?name=hub/" + name).reply.entity().host() == name);
  }

  // A session on one host, seen from another.
  auto connect = owner.call("rtm.connect", {});
  const std::string url(connect.at("url").as_string());
  raw_client rtm = open_websocket(site.hosts().where(1).port, url.substr(url.find("/rtm/")));
  CHECK(rtm.receive_frame_but_ping().payload.find("hello") != std::string::npos);
  const auto sessions =
      site.get(0, "entity?name=sessions/" + people[0].user_id).reply.entities();
  REQUIRE(sessions.entities_size() == 1);
  const auto& session = sessions.entities(0);
  CHECK(session.host() == site.hosts().entry(1).name);
  CHECK(session.session().user() == people[0].user_id);
  CHECK(session.session().topics() >= 1);
  const auto one = site.get(2, "entity?name=" + session.name()).reply.entity();
  CHECK(one.session().connection() == session.session().connection());
  CHECK(one.session().remote().find("127.0.0.1:") == 0);
  CHECK(one.session().round_trip() > 0);  // the kernel was asked
  CHECK(one.session().window_bytes() > 0);
  const auto watched = site.get(0, "entity?name=" + channel).reply.entity();
  REQUIRE(watched.channel().interested_hosts_size() == 1);
  CHECK(watched.channel().interested_hosts(0) == site.hosts().entry(1).name);

  // What is busiest.
  site.until([&] {
    owner.call("chat.postMessage", {{"channel", channel}, {"text", "more"}});
    const auto top = site.get(0, "top?limit=5").reply.top();
    return top.channels_size() > 0 && top.channels(0).name() == "channel/" + channel &&
           top.channels(0).value() > 1 && top.connections_size() == 1 && top.actors_size() > 0 &&
           top.queues_size() > 0;
  });

  // The session is over: what is left of it, from each host.
  rtm.send(client_frame(8, close_payload(1001, "off to lunch")));
  site.until([&] {
    const auto gone = site.get(2, "entity?name=" + session.name());
    return gone.status == 200 && gone.reply.entity().has_ended();
  });
  for (std::size_t host = 0; host < 3; ++host) {
    CAPTURE(host);
    const auto ended = site.get(host, "entity?name=" + session.name()).reply.entity().ended();
    CHECK(ended.code() == 1001);
    CHECK(ended.by() == "client");
    CHECK(ended.reason() == "off to lunch");
    CHECK(ended.why() == "the client closed it: \"off to lunch\"");
    CHECK(ended.lived() > 0);
    CHECK(ended.user() == people[0].user_id);
    const auto none = site.get(host, "entity?name=sessions/" + people[0].user_id).reply.entities();
    CHECK(none.entities_size() == 0);
    CHECK(none.looked_on_size() == 3);
    REQUIRE(none.ended_size() == 1);
    CHECK(none.ended(0).host() == site.hosts().entry(1).name);
    CHECK(none.ended(0).connection() == ended.connection());
    site.until([&] {
      const auto away = site.get(host, "entity?name=user/" + people[0].user_id).reply.entity();
      return away.user().devices_size() == 0 && away.user().ended_size() == 1 &&
             away.user().ended(0).code() == 1001;
    });
  }
  CHECK(site.get(0, "entity?name=session/" + site.hosts().entry(1).name + ":99999").status == 404);

  // An operator's wishes, from a host that does not lead it.
  const std::size_t elsewhere = *places.begin() == site.hosts().entry(0).name ? 1 : 0;
  const auto kept =
      site.post(elsewhere, "operate?entity=" + channel + "&what=keep_awake&seconds=600");
  REQUIRE(kept.status == 200);
  CHECK(kept.reply.entity().kept_awake_until() > wall_now() + 500'000'000);
  CHECK(site.post(elsewhere, "operate?entity=" + channel + "&what=let_rest").reply.entity()
            .kept_awake_until() == 0);
  CHECK(site.post(elsewhere, "operate?entity=" + channel + "&what=stop").status == 200);
  site.until([&] { return !site.get(0, "entity?name=" + channel).reply.entity().awake(); });
  const auto asleep = site.get(0, "entity?name=" + channel).reply.entity();
  CHECK(asleep.channel().facts().name() == "lookout");  // looking does not wake it
  CHECK(asleep.channel().last_seq() > 5);
  CHECK(site.post(0, "operate?entity=%23lookout&what=keep_awake&seconds=60").reply.entity().awake());
  CHECK(site.post(0, "trace?channel=%23lookout&text=where").status == 200);

  // The live view; its ticket opens nothing else, and nothing else opens it.
  const auto ticket = site.post(0, "ticket");
  REQUIRE(ticket.status == 200);
  const std::string mark = "\"path\":\"";
  std::string path = ticket.body.substr(ticket.body.find(mark) + mark.size());
  path = path.substr(0, path.find('"'));
  raw_client live = open_websocket(site.hosts().where(0).port, path);
  for (int i = 0; i < 2; ++i) {
    const std::string frame = live.receive_frame_but_ping().payload;
    CHECK(frame.starts_with(R"({"cluster":{)"));
    CHECK(frame.find(R"("top":{)") != std::string::npos);
    CHECK(frame.find(R"("hearsay":)") != std::string::npos);       // who leads each slot
    CHECK(frame.find(R"("first_index":)") == std::string::npos);   // not every replica of it
  }
  raw_client stranger(site.hosts().where(0).port);
  stranger.send(upgrade_request(url.substr(url.find("/rtm/")).replace(0, 5, "/inspect/live/")));
  CHECK(stranger.receive_answer().status == 401);
  raw_client other(site.hosts().where(0).port);
  other.send(upgrade_request("/rtm/" + path.substr(path.rfind('/') + 1)));
  CHECK(other.receive_answer().status == 401);

  // Every part that was asked knew the question.
  for (std::size_t host = 0; host < 3; ++host)
    CHECK(site.hosts().process(host).log_text().find("unexpected message") == std::string::npos);

  // A host dies: the others show it as silent, at once or within the deadline, and go on.
  const std::string victim = *places.begin();
  std::size_t dead = 0;
  while (site.hosts().entry(dead).name != victim)
    ++dead;
  const std::size_t left = (dead + 1) % 3;
  site.hosts().process(dead).kill_now();
  const auto began = steady_now();
  const auto without = site.look(left);
  CHECK(steady_now() - began < std::chrono::seconds(2));
  CHECK(without.hosts_size() + without.silent_size() == 3);
  site.until([&] {
    const auto picture = site.look(left);
    return picture.silent_size() == 1 && picture.silent(0).name() == victim &&
           !picture.silent(0).why().empty() && is_settled(picture, 2);
  });
  const auto moved = site.get(left, "entity?name=" + channel).reply.entity();
  CHECK(moved.host() != victim);
  CHECK_FALSE(moved.host().empty());

  // Cut off from both others, a host says what it knows.
  site.hosts().process((dead + 2) % 3).kill_now();
  site.until([&] {
    const auto picture = site.look(left);
    return picture.silent_size() == 2 && picture.hosts_size() == 1 &&
           picture.hosts(0).state() != "serving";
  });
  // It led the slot, perhaps, and gives that up when no majority has answered for a while.
  site.until([&] { return site.get(left, "entity?name=" + channel).reply.entity().host().empty(); });
  const auto alone = site.get(left, "entity?name=" + channel).reply.entity();
  CHECK(alone.channel().facts().name() == "lookout");
  CHECK(alone.host().empty());
  CHECK(alone.trouble().find("from the tables") != std::string::npos);
}

TEST_CASE("inspect: a client that does not read is listed under a name that says why it is slow") {
  site site;
  auto people = client::hire(site.loop, site.hosts().where(1), site.token, 1, "deaf");
  client::api_client owner(site.loop, site.hosts().where(1), people[0].token);
  const std::string channel = client::create_channel(owner, "torrent");
  auto connect = owner.call("rtm.connect", {});
  const std::string url(connect.at("url").as_string());
  raw_client deaf = open_websocket(site.hosts().where(1).port, url.substr(url.find("/rtm/")));

  // Until its kernel and ours are full, and some waits with the host.
  const std::string text(12'000, 'x');
  wire::session_details slow;
  site.until([&] {
    for (int i = 0; i < 20; ++i)
      owner.call("chat.postMessage", {{"channel", channel}, {"text", text}});
    const auto top = site.get(0, "top?limit=5").reply.top();  // of another host
    if (top.connections_size() > 0)
      slow = top.connections(0);
    return slow.lagging() && slow.why().starts_with("the client does not read");
  });
  CHECK(slow.queued_bytes() > 0);
  CHECK(slow.queued_for() > 0);
  const auto one = site.get(2, fmt::format("entity?name=session/{}:{}", slow.host(), slow.connection()))
                       .reply.entity();
  CHECK(one.host() == site.hosts().entry(1).name);
  CHECK(one.session().why() == slow.why());
  CHECK(one.session().lagging());
  CHECK(one.session().window_bytes() < 1'500);
  CHECK(one.session().unsent_bytes() > 100'000);
  CHECK(one.session().user() == people[0].user_id);

  // Until it is closed; why she gets nothing can be told afterwards, by any host.
  wire::ended_session last;
  site.until([&] {
    for (int i = 0; i < 20; ++i)
      owner.call("chat.postMessage", {{"channel", channel}, {"text", text}});
    const auto none = site.get(2, "entity?name=sessions/" + people[0].user_id).reply.entities();
    if (none.ended_size() > 0)
      last = none.ended(0);
    return none.entities_size() == 0 && none.ended_size() == 1;
  });
  CHECK(last.code() == 4008);
  CHECK(last.by() == "host");
  CHECK(last.why() == "it read too slowly");
  CHECK(last.connection() == slow.connection());
  CHECK(last.remote() == slow.remote());
  CHECK(last.queued_bytes() > 900'000);
  CHECK(last.queued_frames() > 50);
}

}  // namespace carillon::testing
