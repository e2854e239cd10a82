// A host that cannot start says why and leaves at once: wrong settings, a port in use, a data
// folder in use. Nothing is half started.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tools/client/api_client.hpp"
#include "tools/client/host_process.hpp"

namespace carillon::testing {
namespace {

struct ended_start {
  int code = -1;     // -1: it did not end
  std::string words; // what it printed
};

ended_start try_start(client::host_process::options how) {
  client::host_process host(std::move(how));
  host.launch();
  auto end = host.wait_for_exit(std::chrono::seconds(20));
  ended_start out;
  if (end && end->code)
    out.code = *end->code;
  out.words = host.log_text();
  return out;
}

bool mentions(const ended_start& start, const std::string& words) {
  INFO(start.words);
  bool found = start.words.find(words) != std::string::npos;
  CHECK_MESSAGE(found, words);
  return found;
}

} // namespace

TEST_CASE(
    "start: a setting that does not exist or is out of bounds is named, with what is allowed") {
  client::scratch_folder folder;
  auto unknown = try_start({.data = folder.path() + "/data", .settings = {"edge.io_thread=2"}});
  CHECK(unknown.code > 0);
  CHECK(mentions(unknown, "edge.io_thread"));
  CHECK(mentions(unknown, "no such setting"));
  auto wrong = try_start({.data = folder.path() + "/data", .settings = {"edge.io_threads=many"}});
  CHECK(wrong.code > 0);
  CHECK(mentions(wrong, "edge.io_threads"));
  CHECK(mentions(wrong, "must be"));
}

TEST_CASE("start: a wrong line of the configuration file is named with file and line") {
  client::scratch_folder folder;
  std::string file = folder.path() + "/host.toml";
  std::ofstream(file) << "[edge]\n\nio_threads = \"many\"\n";
  auto wrong = try_start({.data = folder.path() + "/data", .arguments = {"--config", file}});
  CHECK(wrong.code > 0);
  CHECK(mentions(wrong, file + ":3"));
  auto missing = try_start(
      {.data = folder.path() + "/data", .arguments = {"--config", folder.path() + "/none.toml"}});
  CHECK(missing.code > 0);
  CHECK(mentions(missing, "none.toml"));
}

TEST_CASE("start: --version says which and starts nothing") {
  client::scratch_folder folder;
  const auto asked = try_start({.data = folder.path() + "/data", .arguments = {"--version"}});
  CHECK(asked.code == 0);
  CHECK(asked.words.starts_with("carillond "));
  CHECK(!std::filesystem::exists(folder.path() + "/data/db"));
}

// README.md has supervisors keep a host down that ends with 2: starting it again would not help.
TEST_CASE("start: an unknown flag ends with the code of wrong settings, which no supervisor starts again") {
  client::scratch_folder folder;
  auto wrong = try_start({.data = folder.path() + "/data", .arguments = {"--no-such-flag"}});
  CHECK(wrong.code == 2);
  CHECK(mentions(wrong, "--no-such-flag"));
  CHECK(try_start({.data = folder.path() + "/data", .settings = {"edge.io_threads=many"}}).code == 2);
}

TEST_CASE("start: a port in use and a data folder in use are refused, the first host goes on") {
  client::scratch_folder folder;
  client::host_process first({.data = folder.path() + "/first"});
  client::endpoint where = first.start();
  auto same_port = try_start({.data = folder.path() + "/second", .listen = where.authority()});
  CHECK(same_port.code > 0);
  CHECK(mentions(same_port, std::to_string(where.port)));

  auto same_folder = try_start({.data = folder.path() + "/first", .log = folder.path() + "/third"});
  CHECK(same_folder.code > 0);
  CHECK(mentions(same_folder, folder.path() + "/first"));
  client::event_loop loop;
  CHECK(client::api_client(loop, where).try_get("/healthz").status == 200);
}

} // namespace carillon::testing
