// Hosts whose directory is on a PostgreSQL server that is not always there: they start without it and
// wait for it, who is signed in goes on while it is away, and a host that slept through a revocation
// does not take the token once more. Skipped, in words, where PostgreSQL is not installed.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tools/client/api_client.hpp"
#include "tools/client/rtm_client.hpp"
#include "tools/cluster/cluster_process.hpp"
#include "tools/faults/postgres_server.hpp"

namespace carillon::testing {
namespace {

constexpr std::chrono::seconds patience{30};
// Three times cluster.suspect_ms and more: the connections between the hosts are cut by then, and what
// was said to the sleeper is lost.
constexpr std::chrono::milliseconds asleep{4'000};

[[maybe_unused]] const bool installed = [] {
  if (faults::postgres_server::programs())
    return true;
  std::puts("SKIPPED: PostgreSQL is not installed (tools/setup --tests installs it)");
  std::fflush(stdout);
  ::_exit(77);
}();

struct served_host {
  client::endpoint start() { return where = host.start(); }
  client::api_client ask(const std::string& token = {}) { return {loop, where, token}; }
  std::string sign_up(const std::string& name) {
    auto made = ask().call("carillon.signup", {{"name", name},
                                               {"email", name + "@example.org"},
                                               {"password", "correct-horse"}});
    return std::string(made.at("token").as_string());
  }
  bool soon_ready() {
    return soon([&] { return ask().try_get("/readyz").status == 200; });
  }
  template <class Condition>
  bool soon(Condition condition) {
    const auto give_up = steady_now() + patience;
    while (!condition()) {
      if (steady_now() > give_up)
        return false;
      loop.run_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  faults::postgres_server server;
  client::scratch_folder folder;
  client::event_loop loop;
  client::endpoint where;
  client::host_process host{{.data = folder.path() + "/data",
                             .settings = {"directory.postgres=" + server.connection(),
                                          "cluster.slots=4"}}};
};

bool opens(client::event_loop& loop, const std::string& url, client::rtm_client& socket) {
  socket.connect(url);
  loop.run_until([&] { return socket.current() != client::rtm_client::state::connecting; },
                 std::chrono::milliseconds(patience));
  INFO(socket.end_words());
  return socket.current() == client::rtm_client::state::ready;
}

std::string url_of(const client::api_reply& reply) {
  return reply.is_ok() ? std::string(reply.json.at("url").as_string()) : std::string();
}

} // namespace

TEST_CASE("served directory: a host that starts without its server says so, and serves when it comes") {
  served_host it;
  it.server.stop();
  it.start();
  for (const char* page : {"/readyz", "/healthz"}) {
    auto said = it.ask().try_get(page);
    CHECK(said.status == 503);
    REQUIRE(said.json.contains("reason"));
    const std::string reason(said.json.at("reason").as_string());
    CHECK_MESSAGE(reason.find("PostgreSQL server is away") != std::string::npos, reason);
  }
  for (const char* method : {"carillon.signup", "auth.test", "rtm.connect"}) {
    auto refused = it.ask("xoxp-any").try_call(method);
    CHECK(refused.status == 503);
    CHECK(refused.error() == "storage_unavailable");
    CHECK(refused.retry_after > 0);
  }
  CHECK(it.ask().try_get("/metrics").status == 503);
  it.server.start();
  CHECK(it.soon_ready());
  const std::string token = it.sign_up("ann");
  client::rtm_client socket(it.loop, [](std::string_view) {});
  CHECK(opens(it.loop, url_of(it.ask(token).try_call("rtm.connect")), socket));
  CHECK(it.ask().try_get("/metrics").status == 401);  // operators are known again, too
}

TEST_CASE("served directory: a host that waits for its server ends when it is told to") {
  for (int number : {SIGTERM, SIGINT})
    for (bool hangs : {false, true}) {
      CAPTURE(number);
      CAPTURE(hangs);
      served_host it;
      if (hangs) {
        it.server.freeze();
        it.host.launch(); // it is told before it has found out
        REQUIRE(it.soon([&] {
          return std::filesystem::exists(it.folder.path() + "/data/admin.token");
        }));
      } else {
        it.server.stop();
        it.start();
      }
      it.host.signal(number);
      auto end = it.host.wait_for_exit(std::chrono::seconds(5));
      REQUIRE(end.has_value());
      REQUIRE(end->code.has_value());
      CHECK(*end->code == 0);
      const std::string words = it.host.log_text();
      const bool said = words.find(std::string(::strsignal(number)) +
                                   (hangs ? " before this host served: ending" : ": stopping")) !=
                        std::string::npos;
      CHECK_MESSAGE(said, words);
      it.server.thaw();
    }
}

TEST_CASE("served directory: who is signed in goes on and comes back while the server is away") {
  served_host it;
  it.start();
  REQUIRE(it.soon_ready());
  const std::string token = it.sign_up("ann");
  const std::string other = it.sign_up("bea");
  REQUIRE(it.ask(token).try_call("auth.test").is_ok());
  for (bool hangs : {false, true}) {
    CAPTURE(hangs);
    hangs ? it.server.freeze() : it.server.stop();
    for (int time = 0; time < 3; ++time) {
      const tick_time asked = steady_now();
      auto connected = it.ask(token).try_call("rtm.connect");
      REQUIRE(connected.is_ok());
      client::rtm_client socket(it.loop, [](std::string_view) {});
      CHECK(opens(it.loop, url_of(connected), socket));
      CHECK(steady_now() - asked < std::chrono::seconds(5));
    }
    auto stranger = it.ask("xoxp-nobody").try_call("auth.test");
    CHECK(stranger.status == 503);
    CHECK(stranger.retry_after > 0);
    if (hangs) {
      it.server.thaw();
      CHECK(it.soon([&] { return it.ask("xoxp-nobody").try_call("auth.test").status == 200; }));
    } else {
      it.server.start();
    }
    // Nobody sees that connections broke.
    for (int time = 0; time < 8; ++time)
      CHECK(it.ask("xoxp-nobody").try_call("auth.test").error() == "invalid_auth");
    CHECK(it.ask(other).try_call("auth.test").is_ok());
    CHECK_FALSE(it.sign_up(hangs ? "cid" : "dan").empty());
  }
}

TEST_CASE("served directory: a host that slept through a revocation takes the token no more") {
  faults::postgres_server server;
  client::scratch_folder folder;
  cluster::cluster_process hosts({.file = cluster::write_cluster_file({.folder = folder.path()}),
                                  .settings = {"directory.postgres=" + server.connection()}});
  hosts.launch_all();
  hosts.wait_until_all_listen();
  client::event_loop loop;
  auto ask = [&](std::size_t host, const std::string& token = {}) {
    return client::api_client(loop, hosts.where(host), token);
  };
  auto until = [&](const std::function<bool()>& holds) {
    const auto give_up = steady_now() + patience;
    while (!holds()) {
      REQUIRE(steady_now() < give_up);
      loop.run_for(std::chrono::milliseconds(20));
    }
  };
  auto well = [&](std::size_t host) { return ask(host).try_get("/healthz").status == 200; };
  until([&] { return well(0) && well(1) && well(2); });
  auto made = ask(0).call("carillon.signup", {{"name", "ann"},
                                              {"email", "ann@example.org"},
                                              {"password", "correct-horse"}});
  const std::string token(made.at("token").as_string());
  client::rtm_client socket(loop, [](std::string_view) {});
  REQUIRE(opens(loop, url_of(ask(1, token).try_call("rtm.connect")), socket));
  REQUIRE(ask(1, token).try_call("auth.test").is_ok());

  hosts.process(1).signal(SIGSTOP);
  auto hears_the_sleeper = [&](std::size_t host) {
    const auto said = ask(host).try_get("/healthz").json;
    for (const auto& peer : said.at("peers").as_array())
      if (peer.at("host").as_string() == "b")
        return peer.at("heard").as_bool();
    return false;
  };
  loop.run_for(asleep);
  until([&] { return !hears_the_sleeper(0) && !hears_the_sleeper(2); });
  REQUIRE(ask(0, token).try_call("auth.revoke").is_ok());
  hosts.process(1).signal(SIGCONT);
  until([&] {
    auto said = ask(1, token).try_call("auth.test");
    CHECK_FALSE(said.is_ok());
    return said.error() == "invalid_auth";
  });
  // Its session, too, hears of it.
  until([&] { return socket.current() == client::rtm_client::state::closed; });
  CHECK(socket.close_code() == 4010);
}

} // namespace carillon::testing
