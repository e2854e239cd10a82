// The carillon program's subcommands around users and tokens: what the command line refuses, what
// is asked of the host, what is printed, and the words when there is no host. The host is a canned
// one.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/tools/cli/canned_host.hpp"
#include "tools/cli/program.hpp"

using namespace carillon;
using carillon::test::canned_host;

namespace {

struct outcome {
  int code;
  std::string out, err;
};

outcome carillon_run(std::vector<std::string> arguments, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out, err;
  cli::invocation now{in, out, err, {}};
  int code =
      cli::run_program({cli::add_user_command, cli::add_token_command, cli::add_version_command},
                       std::move(arguments), now);
  return {code, out.str(), err.str()};
}

// The same with --url and --token of a canned host at the end.
outcome carillon_ask(canned_host& host, std::vector<std::string> arguments,
                     const std::string& input = {}) {
  for (const char* more : {"--token", "xoxp-admin", "--url"})
    arguments.emplace_back(more);
  arguments.push_back(host.url());
  return carillon_run(std::move(arguments), input);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string body_of(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

struct data_folder {
  std::string path;
  data_folder() {
    path = (std::filesystem::temp_directory_path() / "carillon-XXXXXX").string();
    REQUIRE(mkdtemp(path.data()) != nullptr);
  }
  ~data_folder() { std::filesystem::remove_all(path); }
  void put(const std::string& name, const std::string& text) {
    std::ofstream(path + "/" + name) << text;
  }
  // A folder in it, of a host that is, or was, at `url`.
  std::string put_host(const std::string& name, const std::string& url) {
    std::filesystem::create_directory(path + "/" + name);
    put(name + "/address", url + "\n");
    put(name + "/admin.token", "token-of-" + name + "\n");
    put(name + "/LOCK", "");
    return path + "/" + name;
  }
};

// Has the folder's lock, as a host that runs.
class running_host {
public:
  explicit running_host(const std::string& folder)
      : lock_(::open((folder + "/LOCK").c_str(), O_RDWR | O_CLOEXEC)) {
    REQUIRE(::flock(lock_, LOCK_EX | LOCK_NB) == 0);
  }
  running_host(running_host&& other) noexcept : lock_(std::exchange(other.lock_, -1)) {}
  ~running_host() {
    if (lock_ >= 0)
      ::close(lock_);
  }

private:
  int lock_;
};

}  // namespace

TEST_CASE("cli: version prints one line") {
  auto done = carillon_run({"version"});
  CHECK(done.code == 0);
  CHECK(has(done.out, "carillon 0."));
  CHECK(done.err.empty());
}

TEST_CASE("cli: a wrong command line is refused with code 2 before anything is asked") {
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {},
           {"sing"},
           {"user"},
           {"user", "add"},
           {"user", "add", "anna", "--colour", "red"},
           {"user", "add", "anna", "--email", "a@b.c", "--password", "x", "--password-stdin"},
           {"user", "disable"},
           {"token", "issue"},
           {"token", "issue", "U000000000001", "--days", "-1"},
           {"token", "issue", "U000000000001", "--days", "36501"},
           {"token", "issue", "U000000000001", "--days", "soon"},
           {"token", "list"}}) {
    auto done = carillon_run(wrong);
    CHECK(done.code == 2);
    CHECK(done.out.empty());
    CHECK_FALSE(done.err.empty());
  }
}

TEST_CASE("cli: a word that no subcommand has is named") {
  auto typo = carillon_run({"usr", "add", "anna"});
  CHECK(typo.code == 2);
  CHECK(typo.err == "carillon: there is no 'usr'; there are user, token, version\n"
                    "Run with --help for more information.\n");
  auto deeper = carillon_run({"user", "ad", "anna"});
  CHECK(deeper.code == 2);
  CHECK(deeper.err == "carillon user: there is no 'ad'; there are add, list, disable, enable\n"
                      "Run with --help for more information.\n");
  CHECK(has(carillon_run({"user"}).err, "A subcommand is required"));
}

TEST_CASE("cli: words between our own processes are no advice") {
  std::istringstream in;
  std::ostringstream out, err;
  cli::invocation now{in, out, err, {}};
  const cli::command worker = [](CLI::App& program, cli::invocation&) {
    program.add_subcommand("worker")->group("");
  };
  CHECK(cli::run_program({cli::add_version_command, worker}, {"work"}, now) == 2);
  CHECK(has(err.str(), "there is no 'work'; there are version\n"));
}

TEST_CASE("cli: a person needs an e-mail address, a revocation exactly one object") {
  auto person = carillon_run({"user", "add", "anna"});
  CHECK(person.code == 2);
  CHECK(person.err == "carillon: a person needs --email (a bot is added with --bot)\n");
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"token", "revoke"}, {"token", "revoke", "xoxp-1", "--user", "U000000000001"}}) {
    auto done = carillon_run(wrong);
    CHECK(done.code == 2);
    CHECK(done.err == "carillon: say either a TOKEN or its ID, or --user, whose tokens all end\n");
  }
}

TEST_CASE("cli: help goes to stdout with code 0") {
  auto done = carillon_run({"user", "add", "--help"});
  CHECK(done.code == 0);
  CHECK(has(done.out, "--real-name"));
}

TEST_CASE("cli: user add asks with what was given, and prints the new id") {
  canned_host host({R"({"ok":true,"user_id":"U000000000001","user":{}})"});
  auto done = carillon_ask(host,
                           {"user", "add", "anna", "--email", "a@b.c", "--real-name", "안나",
                            "--password-stdin", "--admin"},
                           "correct horse\nnot this line\n");
  CHECK(done.code == 0);
  CHECK(done.out == "U000000000001\n");
  const std::string& request = host.requests().at(0);
  CHECK(request.starts_with("POST /api/carillon.admin.users.add HTTP/1.1\r\n"));
  CHECK(has(request, "\r\nAuthorization: Bearer xoxp-admin\r\n"));
  std::string body = body_of(request);
  CHECK(has(body, "name=anna"));
  CHECK(has(body, "email=a%40b.c"));
  CHECK(has(body, "real_name=%EC%95%88%EB%82%98"));
  CHECK(has(body, "admin=true"));
  CHECK(has(body, "password=correct"));
  CHECK_FALSE(has(body, "not"));
  CHECK_FALSE(has(body, "bot"));
  CHECK_FALSE(has(body, "team"));
}

TEST_CASE("cli: a refusal names method, error and explanation, with code 1") {
  canned_host host({R"({"ok":false,"error":"name_taken","detail":"anna"})"});
  auto done = carillon_ask(host, {"user", "add", "anna", "--bot"});
  CHECK(done.code == 1);
  CHECK(done.out.empty());
  CHECK(done.err == "carillon: carillon.admin.users.add: name_taken (anna)\n");
}

TEST_CASE("cli: user list joins all pages into one table") {
  canned_host host(
      {R"({"ok":true,"members":[{"id":"U1","name":"anna","profile":{"email":"a@b.c"},"is_admin":true,)"
       R"("is_owner":true,"real_name":"안나"}],"response_metadata":{"next_cursor":"abc="}})",
       R"({"ok":true,"members":[{"id":"U2","name":"robot","profile":{},"is_bot":true,)"
       R"("deleted":true,"real_name":""}],"response_metadata":{"next_cursor":""}})"});
  auto done = carillon_ask(host, {"user", "list", "--team", "My Team"});
  CHECK(done.code == 0);
  CHECK(done.out == "ID  NAME   EMAIL  ROLE   STATE     REAL NAME\n"
                    "U1  anna   a@b.c  owner  enabled   안나\n"
                    "U2  robot         bot    disabled\n");
  CHECK(has(body_of(host.requests().at(0)), "team=My"));
  CHECK_FALSE(has(body_of(host.requests().at(0)), "cursor"));
  CHECK(has(body_of(host.requests().at(1)), "cursor=abc%3D"));
}

TEST_CASE("cli: --json prints the answer as it came, all pages joined") {
  canned_host host(
      {R"({"ok":true,"members":[{"id":"U1"}],"response_metadata":{"next_cursor":"x"}})",
       R"({"ok":true,"members":[{"id":"U2"}],"response_metadata":{"next_cursor":""}})"});
  auto done = carillon_ask(host, {"user", "list", "--json"});
  CHECK(done.out == R"({"ok":true,"members":[{"id":"U1"},{"id":"U2"}]})"
                    "\n");
}

TEST_CASE("cli: disable and enable say what the user now is") {
  canned_host host({R"({"ok":true})", R"({"ok":true})"});
  CHECK(carillon_ask(host, {"user", "disable", "U000000000001"}).out ==
        "U000000000001 is disabled\n");
  CHECK(carillon_ask(host, {"user", "enable", "U000000000001"}).out ==
        "U000000000001 is enabled\n");
  CHECK(host.requests().at(0).starts_with("POST /api/carillon.admin.users.disable "));
  CHECK(host.requests().at(1).starts_with("POST /api/carillon.admin.users.enable "));
}

TEST_CASE("cli: a user may be named by handle within a team") {
  canned_host host({R"({"ok":true})"});
  CHECK(carillon_ask(host, {"user", "disable", "anna", "--team", "two"}).code == 0);
  CHECK(body_of(host.requests().at(0)) == "user=anna&team=two");
}

TEST_CASE("cli: token issue prints the token alone; days are sent only when given, 0 too") {
  canned_host host({R"({"ok":true,"token":"xoxb-1","kind":"bot"})",
                    R"({"ok":true,"token":"xoxb-2","kind":"bot"})"});
  CHECK(carillon_ask(host, {"token", "issue", "U000000000001"}).out == "xoxb-1\n");
  CHECK(carillon_ask(host, {"token", "issue", "U000000000001", "--days", "0"}).out == "xoxb-2\n");
  CHECK(body_of(host.requests().at(0)) == "user=U000000000001");
  CHECK(body_of(host.requests().at(1)) == "user=U000000000001&days=0");
}

TEST_CASE("cli: token revoke sends a token or a user, and prints how many ended") {
  canned_host host({R"({"ok":true,"revoked":1})", R"({"ok":true,"revoked":3})"});
  CHECK(carillon_ask(host, {"token", "revoke", "xoxp-1"}).out == "revoked: 1\n");
  CHECK(carillon_ask(host, {"token", "revoke", "--user", "U000000000001"}).out == "revoked: 3\n");
  CHECK(body_of(host.requests().at(0)) == "token=xoxp-1");
  CHECK(body_of(host.requests().at(1)) == "user=U000000000001");
}

TEST_CASE("cli: a revocation that revokes nothing is a failure and says so") {
  canned_host host({R"({"ok":true,"revoked":0})", R"({"ok":true,"revoked":0})", R"({"ok":true,"revoked":0})"});
  const outcome one = carillon_ask(host, {"token", "revoke", "2ba453241b86"});
  CHECK(one.code == 1);
  CHECK(one.out.empty());
  CHECK(one.err == "carillon: nothing was revoked: there is no such token, and none whose ID that is "
                   "(`carillon token list USER` prints the IDs)\n");
  const outcome all = carillon_ask(host, {"token", "revoke", "--user", "ada"});
  CHECK(all.code == 1);
  CHECK(all.err == "carillon: nothing was revoked: ada has no tokens\n");
  CHECK(carillon_ask(host, {"token", "revoke", "xoxp-1", "--json"}).code == 1);
}

TEST_CASE("cli: token list shows times in UTC and never for no end") {
  canned_host host({R"({"ok":true,"tokens":[{"id":"0a1b2c3d","device":"phone","kind":"person",)"
                    R"("created":1700000000,"expires":0}]})"});
  CHECK(carillon_ask(host, {"token", "list", "U000000000001"}).out ==
        "ID        KIND    CREATED           EXPIRES  DEVICE\n"
        "0a1b2c3d  person  2023-11-14 22:13  never    phone\n");
}

TEST_CASE("cli: address and token come from the data folder") {
  canned_host host({R"({"ok":true})"});
  data_folder data;
  data.put("address", host.url() + "\n");
  data.put("admin.token", "xoxp-from-file\n");
  auto done = carillon_run({"user", "disable", "U000000000001", "--data", data.path});
  CHECK(done.code == 0);
  CHECK(has(host.requests().at(0), "\r\nAuthorization: Bearer xoxp-from-file\r\n"));
}

TEST_CASE("cli: of the folders of several hosts one is asked that runs and takes clients") {
  canned_host starting({R"({"ready":false})"});
  starting.answer_with_status(503);
  canned_host serving({R"({"ready":true})", R"({"ok":true})"});
  data_folder data;
  std::vector<running_host> hosts;
  data.put_host("a", "http://127.0.0.1:1");  // was killed: its address is left
  hosts.emplace_back(data.put_host("b", "http://127.0.0.1:1"));  // listens no more
  hosts.emplace_back(data.put_host("c", starting.url()));
  hosts.emplace_back(data.put_host("d", serving.url()));
  auto done = carillon_run({"user", "disable", "U000000000001", "--data", data.path});
  CHECK(done.err == "");
  CHECK(done.code == 0);
  CHECK(starting.requests().at(0).starts_with("GET /readyz "));
  CHECK(has(serving.requests().at(1), "\r\nAuthorization: Bearer token-of-d\r\n"));
}

TEST_CASE("cli: the only host that runs is asked whatever it says, and what was killed is not") {
  canned_host host({R"({"ok":true})"});
  data_folder data;
  data.put_host("a", "http://127.0.0.1:1");
  auto nobody = carillon_run({"user", "list", "--data", data.path});
  CHECK(nobody.code == 1);
  CHECK(has(nobody.err, "no host runs on " + data.path + " or on a folder in it"));
  const running_host runs(data.put_host("b", host.url()));
  CHECK(carillon_run({"user", "disable", "U000000000001", "--data", data.path}).code == 0);
  CHECK(host.requests().at(0).starts_with("POST /api/carillon.admin.users.disable "));
}

TEST_CASE("cli: no host is a sentence that says what to do") {
  data_folder data;
  auto nothing = carillon_run({"user", "list", "--data", data.path});
  CHECK(nothing.code == 1);
  CHECK(nothing.err == "carillon: " + data.path +
                           "/address: No such file or directory: no host runs on " +
                           data.path +
                           " or on a folder in it: say --data FOLDER of one that runs here, or "
                           "--url and --token\n");
  data.put("address", "http://127.0.0.1:1\n");
  auto no_token = carillon_run({"user", "list", "--data", data.path});
  CHECK(no_token.err == "carillon: " + data.path +
                            "/admin.token: No such file or directory: say --data or --token\n");
  data.put("admin.token", "x\n");
  auto gone = carillon_run({"user", "list", "--data", data.path});
  CHECK(gone.code == 1);
  CHECK(has(gone.err, "http://127.0.0.1:1"));
  auto odd = carillon_run({"user", "list", "--data", data.path, "--url", "ftp://x"});
  CHECK(odd.code == 1);
  CHECK(has(odd.err, "ftp://x"));
}

TEST_CASE("cli: something that is not a host is said to be that") {
  canned_host host({"<html>hello</html>"});
  auto done = carillon_ask(host, {"user", "list"});
  CHECK(done.code == 1);
  CHECK(has(done.err, "HTTP 200, which is no answer of a Carillon host"));
}
