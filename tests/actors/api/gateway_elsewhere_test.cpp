// Whom a resting host sends its clients to: only where they can surely go.
#include "actors/api/gateway_elsewhere.hpp"

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

// Hosts a, b and c, each with the number of its name as its disk; this one is a.
struct site {
  site() {
    for (std::uint64_t id = 1; id <= 3; ++id) {
      const std::string name(1, static_cast<char>('a' + id - 1));
      settings::cluster_host& host = config.cluster.hosts.emplace_back();
      host.name = name;
      host.listen = "10.0.0." + std::to_string(id) + ":8080";
      auto* member = view.add_members();
      member->set_store_id(id);
      member->set_name(name);
    }
    config.host.listen = "10.0.0.1:8080";
    wish(1, wire::HOST_RESTS);
  }
  void wish(std::uint64_t id, wire::host_intent intent) {
    auto* wish = view.add_wishes();
    wish->set_store_id(id);
    wish->set_intent(intent);
  }
  std::string ask(std::uint64_t turn = 0, const std::string& host = "10.0.0.1:8080") const {
    return gateway_elsewhere(view, config, 1, heard, host, turn).value_or("here");
  }
  wire::ring_view view;
  settings config;
  std::vector<std::uint64_t> heard{2, 3};
};

}  // namespace

TEST_CASE("elsewhere: a host that serves, or drains, keeps its clients") {
  site of;
  of.view.clear_wishes();
  CHECK(of.ask() == "here");
  of.wish(1, wire::HOST_DRAINS);
  CHECK(of.ask() == "here");
}

TEST_CASE("elsewhere: who came straight to this host's address is sent to the others' in turn") {
  site of;
  CHECK(of.ask(0) == "http://10.0.0.2:8080");
  CHECK(of.ask(1) == "http://10.0.0.3:8080");
  CHECK(of.ask(2) == "http://10.0.0.2:8080");
}

TEST_CASE("elsewhere: nobody is sent to a host that is silent, drains, or listens on every address") {
  site of;
  of.heard = {3};
  CHECK(of.ask(0) == "http://10.0.0.3:8080");
  of.heard = {2, 3};
  of.wish(2, wire::HOST_DRAINS);
  CHECK(of.ask(0) == "http://10.0.0.3:8080");
  of.config.cluster.hosts[2].listen = "0.0.0.0:8080";
  CHECK(of.ask(0) == "here");
}

TEST_CASE("elsewhere: who came by another name came through a proxy, and comes through it again") {
  site of;
  CHECK(of.ask(0, "chat.example.org") == "here");
  CHECK(of.ask(0, "") == "here");
  of.view.mutable_members(1)->set_public_url("https://b.example.org");
  CHECK(of.ask(0, "a.example.org") == "https://b.example.org");
}

}  // namespace carillon::api
