// The command line: what is refused before anything is asked, what is asked of a host, and what is
// printed. The host is a canned one.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "runtime/wire/json.hpp"
#include "tests/tools/cli/canned_host.hpp"
#include "tests/tools/inspect/pictures.hpp"
#include "tests/tools/inspect/run_inspect.hpp"
#include "tools/client/host_process.hpp"

namespace carillon::inspect {
namespace {

using carillon::test::canned_host;

outcome ask(canned_host& host, std::vector<std::string> arguments) {
  for (const std::string& more : {std::string("--token"), std::string("xapp-1"), std::string("--url"),
                                  host.url()})
    arguments.push_back(more);
  return run_inspect(std::move(arguments));
}

std::string first_line(const std::string& request) {
  return request.substr(0, request.find("\r\n"));
}

std::string cluster_json() {
  wire::inspect_reply reply;
  *reply.mutable_cluster() = three_hosts();
  return wire::to_json(reply);
}

std::string trace_json(int steps) {
  wire::inspect_reply reply;
  *reply.mutable_trace() = a_slow_disk();
  reply.mutable_trace()->mutable_steps()->DeleteSubrange(steps,
                                                         reply.trace().steps_size() - steps);
  return wire::to_json(reply);
}

}  // namespace

TEST_CASE("inspect: a wrong command line is refused with code 2 before anything is asked") {
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"trace"},
           {"trace", "--channel", "C000000000001"},
           {"keep-awake"},
           {"stop"},
           {"top", "channel/C000000000001"},
           {"stop", "channel/C000000000001", "--watch", "1"},
           {"--watch", "0"},
           {"--seconds", "86401", "keep-awake", "channel/C000000000001"},
           {"--colour"}}) {
    auto done = run_inspect(wrong);
    CHECK(done.code == cli::exit_usage);
    CHECK(done.out.empty());
    CHECK_FALSE(done.err.empty());
  }
}

TEST_CASE("inspect: without a word the cluster is asked for, with its slots, as an operator") {
  canned_host host({cluster_json()});
  auto done = ask(host, {});
  CHECK(done.code == cli::exit_done);
  CHECK(has(done.out, "3 hosts, 8 slots, generation 17; asked b, the ring actor runs on a"));
  CHECK(has(done.out, "AAABBbC!"));
  CHECK(first_line(host.requests().at(0)) == "GET /inspect/cluster?slots=1 HTTP/1.1");
  CHECK(has(host.requests().at(0), "Authorization: Bearer xapp-1\r\n"));
}

TEST_CASE("inspect: --json is the host's answer as it gave it") {
  canned_host host({cluster_json()});
  CHECK(ask(host, {"cluster", "--json"}).out == cluster_json() + "\n");
}

TEST_CASE("inspect: an entity is asked for by its name, texts only when they are wanted") {
  wire::inspect_reply reply;
  *reply.mutable_entity() = a_channel();
  canned_host host({wire::to_json(reply), wire::to_json(reply)});
  CHECK(has(ask(host, {"channel/C000000000001"}).out, "#general"));
  ask(host, {"channel/C000000000001", "--tail", "3", "--show-text"});
  CHECK(first_line(host.requests().at(0)) ==
        "GET /inspect/entity?name=channel%2FC000000000001&tail=10 HTTP/1.1");
  CHECK(first_line(host.requests().at(1)) ==
        "GET /inspect/entity?name=channel%2FC000000000001&tail=3&text=1 HTTP/1.1");
}

TEST_CASE("inspect: what is asked for by its name is headed by its id and its name") {
  wire::inspect_reply channel, user;
  *channel.mutable_entity() = a_channel();
  user.mutable_entity()->set_name("user/U000000000001");
  user.mutable_entity()->mutable_user();
  canned_host host({wire::to_json(channel), wire::to_json(user), wire::to_json(user), wire::to_json(user)});
  CHECK(ask(host, {"channel/#general"}).out.starts_with("channel/C000000000001 (#general)\n"));
  CHECK(ask(host, {"user/@eva"}).out.starts_with("user/U000000000001 (@eva)\n"));
  CHECK(ask(host, {"user/eva"}).out.starts_with("user/U000000000001 (@eva)\n"));
  CHECK(ask(host, {"user/U000000000001"}).out.starts_with("user/U000000000001\n"));
  CHECK(first_line(host.requests().at(0)) ==
        "GET /inspect/entity?name=channel%2F%23general&tail=10 HTTP/1.1");
}

TEST_CASE("inspect: operators' commands name what and whom") {
  canned_host host({"{}", "{}", "{}"});
  CHECK(ask(host, {"keep-awake", "channel/C000000000001", "--seconds", "60"}).code == cli::exit_done);
  CHECK(ask(host, {"let-rest", "channel/C000000000001"}).code == cli::exit_done);
  CHECK(ask(host, {"stop", "user/U000000000001"}).out == "done\n");
  CHECK(first_line(host.requests().at(0)) ==
        "POST /inspect/operate?entity=channel%2FC000000000001&what=KEEP_AWAKE&seconds=60 HTTP/1.1");
  CHECK(first_line(host.requests().at(1)) ==
        "POST /inspect/operate?entity=channel%2FC000000000001&what=LET_REST HTTP/1.1");
  CHECK(first_line(host.requests().at(2)) ==
        "POST /inspect/operate?entity=user%2FU000000000001&what=STOP HTTP/1.1");
}

TEST_CASE("inspect: a trace is posted, then read until its last steps are there") {
  canned_host host({trace_json(0), trace_json(11), trace_json(14), trace_json(14)});
  auto done = ask(host, {"trace", "--channel", "C000000000001", "--text", "hello there"});
  CHECK(done.code == cli::exit_done);
  CHECK(has(done.out, "channel/C000000000001 seq 42"));
  CHECK(has(done.out, "written"));
  CHECK(has(done.out, "longest: 38.339 ms for the fsync of b"));
  REQUIRE(host.requests().size() == 4);
  CHECK(first_line(host.requests()[0]) ==
        "POST /inspect/trace?channel=C000000000001&text=hello%20there HTTP/1.1");
  CHECK(first_line(host.requests()[3]) ==
        "GET /inspect/trace?id=4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b HTTP/1.1");
}

TEST_CASE("inspect: a refusal is told in words, with code 1") {
  canned_host host({R"({"ok":false,"error":"channel_not_found","detail":"no C000000000009"})",
                    "<html>"});
  host.answer_with_status(404);
  auto done = ask(host, {"channel/C000000000009"});
  CHECK(done.code == cli::exit_failed);
  CHECK(done.err == "carillon: channel_not_found: no C000000000009\n");
  CHECK(has(ask(host, {}).err, "HTTP 404, which is no answer of a host that can be inspected"));
  auto nobody = run_inspect({"--url", "http://127.0.0.1:1", "--token", "x"});
  CHECK(nobody.code == cli::exit_failed);
  CHECK(has(nobody.err, "does not answer"));
}

TEST_CASE("inspect: a folder without a host is no cluster to ask about an entity") {
  client::scratch_folder empty;
  auto done = run_inspect({"top", "--data", empty.path()});
  CHECK(done.code == cli::exit_failed);
  CHECK(has(done.err, "no host runs on"));
}

}  // namespace carillon::inspect
