// Where sign-ins and rtm.connect send a client, by what it says itself, by its address, and by what
// this host knows of the others. How the choice falls: tests/actors/discovery.
#include "actors/client_region.hpp"
#include "actors/gateway_board.hpp"
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

// This host, a, in eu; b in us, c in eu.
struct site : api_house {
  site() {
    host.self = 1;
    host.config.host.listen = "10.0.0.1:8080";
    auto next = std::make_shared<wire::ring_view>();
    next->set_generation(1);
    gateway_board::rooms rooms;
    const char* regions[] = {"eu", "us", "eu"};
    for (std::uint64_t id = 1; id <= 3; ++id) {
      const std::string name(1, static_cast<char>('a' + id - 1));
      settings::cluster_host& entry = host.config.cluster.hosts.emplace_back();
      entry.name = name;
      entry.listen = "10.0.0." + std::to_string(id) + ":8080";
      wire::ring_member& member = *next->add_members();
      member.set_store_id(id);
      member.set_name(name);
      member.set_region(regions[id - 1]);
      if (id != 1)
        rooms[id] = {0, 100};
    }
    view = next;
    ring.replace(view);
    health.set_heard({2, 3});
    board.replace(rooms);
    settings::discovery_settings how;
    how.ranges = {{"127.0.2.0/24", "us"},
                  {"127.0.1.0/24", "eu"},
                  {"127.0.3.0/24", "mars"},
                  {"127.0.2.128/25", "mars"}};
    regions_of_clients = std::move(*client_regions::open(how));
    host.ring = &ring;
    host.health = &health;
    host.gateways = &board;
    host.regions = regions_of_clients.get();
    host.metrics = &metrics;
    host.room = [this] { return takes_clients ? gateway_room{open, 100} : gateway_room{}; };
    ada = sign_up("ada");
  }

  std::string url(const std::string& method, const std::string& address, const fields& more = {}) {
    edge::http_request request;
    request.method = "POST";
    request.path = "/api/" + method;
    request.host = "10.0.0.1:8080";
    request.remote_address = address;
    request.authorization = "Bearer " + ada.token;
    for (const auto& [name, value] : more)
      request.query += name + '=' + value + '&';
    const std::string whole = send(std::move(request)).text("url");
    return whole.substr(0, whole.find("/rtm/"));
  }
  std::string connect(const std::string& address, const fields& more = {}) {
    return url("rtm.connect", address, more);
  }
  std::uint64_t named(gateway_reason why) const {
    return metrics.gateways_named[static_cast<std::size_t>(why)].read();
  }
  void wish(std::uint64_t id, wire::host_intent intent) {
    auto next = std::make_shared<wire::ring_view>(*view);
    next->set_generation(view->generation() + 1);
    next->add_wishes()->set_store_id(id);
    next->mutable_wishes(next->wishes_size() - 1)->set_intent(intent);
    view = next;
    ring.replace(view);
  }

  std::shared_ptr<const wire::ring_view> view;
  ring_view_holder ring;
  cluster_health health;
  gateway_board board;
  host_metrics metrics;
  std::unique_ptr<const client_regions> regions_of_clients;
  std::uint32_t open = 0;
  bool takes_clients = true;
  person ada;
};

const std::string here = "ws://10.0.0.1:8080";
const std::string us = "ws://10.0.0.2:8080";
const std::string eu = "ws://10.0.0.3:8080";

}  // namespace

TEST_CASE("gateway url: a client goes to the host of its address's region, and it is counted") {
  site of;
  CHECK(of.connect("127.0.2.7") == us);
  CHECK(of.connect("127.0.1.7") == here);
  CHECK(of.connect("127.0.3.7") == here);  // a region without hosts
  CHECK(of.connect("127.0.2.200") == us);  // its smaller network too
  CHECK(of.connect("127.0.9.7") == here);  // of none
  CHECK(of.connect("") == here);
  CHECK(of.named(gateway_reason::region) == 2);
  CHECK(of.named(gateway_reason::here) == 5);  // with the sign-up
  CHECK(of.url("rtm.start", "127.0.2.7") == us);
}

TEST_CASE("gateway url: a client's own word counts before its address, if a host has that region") {
  site of;
  CHECK(of.connect("127.0.2.7", {{"region", "eu"}}) == here);
  CHECK(of.connect("127.0.1.7", {{"region", "us"}}) == us);
  CHECK(of.connect("127.0.2.7", {{"region", "mars"}}) == us);
  CHECK(of.connect("127.0.2.7", {{"region", ""}}) == us);
}

TEST_CASE("gateway url: a sign-in answers with it, auth.test with the host that was asked") {
  site of;
  edge::http_request request;
  request.method = "POST";
  request.path = "/api/carillon.signin";
  request.host = "10.0.0.1:8080";
  request.remote_address = "127.0.2.7";
  request.query = "email=ada@example.org&password=correct+horse";
  CHECK(of.send(request).text("url") == "http://10.0.0.2:8080/");
  CHECK(of.url("auth.test", "127.0.2.7") == "http://10.0.0.1:8080/");
}

TEST_CASE("gateway url: from a full host they go to the other one of its region") {
  site of;
  of.open = 94;
  of.board.replace({{2, {94, 100}}, {3, {94, 100}}});
  CHECK(of.connect("127.0.1.7") == here);
  of.open = 95;
  CHECK(of.connect("127.0.1.7") == eu);
  CHECK(of.named(gateway_reason::full) == 1);
  of.board.replace({{2, {94, 100}}, {3, {95, 100}}});
  CHECK(of.connect("127.0.1.7") == us);
  of.board.replace({{2, {95, 100}}, {3, {95, 100}}});
  CHECK(of.connect("127.0.1.7") == here);
  CHECK(of.named(gateway_reason::nowhere) == 1);
}

TEST_CASE("gateway url: a host that drains sends them away, and none is sent to it") {
  site of;
  of.wish(2, wire::HOST_DRAINS);
  CHECK(of.connect("127.0.2.7") == here);
  of.wish(1, wire::HOST_DRAINS);
  CHECK(of.connect("127.0.2.7") == eu);
  CHECK(of.named(gateway_reason::resting) == 1);
  of.health.set_heard({2});
  CHECK(of.connect("127.0.2.7") == here);
}

TEST_CASE("gateway url: a host whose disk does not write sends them away") {
  site of;
  of.takes_clients = false;
  CHECK(of.connect("127.0.1.7") == eu);
  CHECK(of.connect("127.0.2.7") == us);
  of.health.set_heard({});
  CHECK(of.connect("127.0.2.7") == here);
}

TEST_CASE("gateway url: who came through a proxy keeps its name") {
  site of;
  const auto url = [&] {
    return of.call("rtm.connect", {{"region", "us"}}, of.ada.token).text("url");
  };
  CHECK(url().starts_with("ws://chat.example.org:8080/rtm/"));
  auto next = std::make_shared<wire::ring_view>(*of.view);
  next->mutable_members(1)->set_public_url("https://us.example.org");
  of.ring.replace(next);
  CHECK(url().starts_with("wss://us.example.org/rtm/"));
}

}  // namespace carillon::test
