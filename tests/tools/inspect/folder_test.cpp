// A folder that a real host made, read without it: what is in it is told, a changed byte anywhere is
// found and named, and while a host runs on it nobody reads past it.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/tools/inspect/run_inspect.hpp"
#include "tools/client/api_client.hpp"
#include "tools/client/host_process.hpp"
#include "tools/inspect/folder.hpp"

namespace carillon::inspect {
namespace {

namespace fs = std::filesystem;

constexpr int posts = 40;

// A host's folder with a person, a channel and some messages.
class host_folder {
public:
  host_folder() : host_({.data = path(), .settings = {"cluster.slots=8"}}) {
    client::event_loop loop;
    client::api_client api(loop, host_.start());
    auto ann = api.call("carillon.signup", {{"name", "ann"}, {"email", "ann@example.org"},
                                            {"password", "correct-horse"}});
    client::api_client as_ann(loop, api.where(), std::string(ann.at("token").as_string()));
    for (int i = 0; i < posts; ++i)
      channel_ = std::string(as_ann.call("chat.postMessage", {{"channel", "#general"},
                                                              {"text", "hello " + std::to_string(i)}})
                                 .at("channel")
                                 .as_string());
    // A post is acknowledged when the log has it; who reads waits until the tables do.
    as_ann.call("conversations.history", {{"channel", channel_}, {"limit", "1"}});
  }

  std::string path() const { return scratch_.path() + "/data"; }
  const std::string& channel() const { return channel_; }
  client::host_process& host() { return host_; }

  void stop() {
    host_.signal(SIGTERM);
    auto left = host_.wait_for_exit(std::chrono::seconds(20));
    REQUIRE(left.has_value());
    REQUIRE(left->code == 0);
  }
  // A start writes what the write-ahead log holds into table files.
  void stop_with_table_files() {
    stop();
    host_.start();
    stop();
  }

private:
  client::scratch_folder scratch_;
  client::host_process host_;
  std::string channel_;
};

void flip_byte(const fs::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 4));
  REQUIRE(file.good());
}

}  // namespace

TEST_CASE("inspect a folder: while a host runs on it, it is not read; afterwards it is told whole") {
  host_folder site;
  CHECK(is_in_use(site.path()));
  auto refused = run_inspect({"--data", site.path(), "--offline"});
  CHECK(refused.code == cli::exit_failed);
  CHECK(has(refused.err, "is in use: a host runs on it"));

  site.host().kill_now();  // a folder as a crash leaves it
  CHECK_FALSE(is_in_use(site.path()));
  auto read = run_inspect({"--data", site.path()});
  CHECK(read.err.empty());
  CHECK(read.code == cli::exit_done);
  CHECK(has(read.out, "8 slots"));
  CHECK(has(read.out, "SOUND: nothing is damaged"));
  CHECK(has(read.out, site.channel()));
  CHECK(has(read.out, "#general"));
  CHECK(has(read.out, std::to_string(posts + 1)));  // with the join
  CHECK(has(read.out, "1 team, 1 user"));
  MESSAGE(read.out);

  auto report = read_folder(site.path(), 100);
  REQUIRE(report.has_value());
  CHECK(report->damaged() == 0);
  REQUIRE(report->channels.size() == 1);
  CHECK(report->channels[0].last_seq == posts + 1);
  REQUIRE(report->store.slots.size() == 9);  // with the meta group's
}

TEST_CASE("inspect a folder: a table file that was begun when the host died is no damage") {
  host_folder site;
  site.stop_with_table_files();
  std::ofstream(site.path() + "/db/999998.sst").flush();
  std::ofstream(site.path() + "/db/999999.sst") << "half a block";
  auto read = run_inspect({"--data", site.path()});
  CHECK(read.code == cli::exit_done);
  CHECK(has(read.out, "SOUND"));
}

TEST_CASE("inspect a folder: a changed byte of a message is found, with its table, slot and channel") {
  host_folder site;
  site.stop_with_table_files();
  CHECK(run_inspect({"--data", site.path()}).code == cli::exit_done);
  const auto files = storage::check_table_files(site.path() + "/db");
  REQUIRE(files.has_value());
  for (const auto& file : *files)
    if (file.family == "messages")
      flip_byte(site.path() + "/db/" + file.name, 100);  // the first block: rows
  auto read = run_inspect({"--data", site.path(), "--json"});
  CHECK(read.code == exit_damaged);
  auto report = boost::json::parse(read.out).as_object();
  CHECK_FALSE(report.at("sound").as_bool());
  const auto& findings = report.at("findings").as_array();
  REQUIRE(findings.size() == 2);  // the rows, and the file they are in
  for (const auto& found : findings)
    CHECK(found.at("table").as_string() == "messages");
  CHECK(has(std::string(findings[0].at("what").as_string()), "checksum mismatch"));

  auto words = run_inspect({"--data", site.path()});
  CHECK(words.code == exit_damaged);
  CHECK(has(words.out, "DAMAGED: 2 findings"));
  CHECK_FALSE(has(words.out, "SOUND"));
}

TEST_CASE("inspect a folder: a damaged write-ahead log lacks what was acknowledged") {
  host_folder site;
  site.host().kill_now();
  for (const auto& each : fs::directory_iterator(site.path() + "/db"))
    if (each.path().extension() == ".log" && each.file_size() > 0)
      flip_byte(each.path(), each.file_size() / 3);
  auto read = run_inspect({"--data", site.path()});
  CHECK(read.code == exit_damaged);
  CHECK(has(read.out, "the write-ahead log ends too early"));
}

TEST_CASE("inspect a folder: a damaged directory is found") {
  host_folder site;
  site.stop();
  // What its own log holds anew hides the file's damage until it is written back.
  for (const char* name : {"/directory.sqlite", "/directory.sqlite-wal"}) {
    const std::string path = site.path() + name;
    if (fs::exists(path) && fs::file_size(path) > 0)
      flip_byte(path, 0);
  }
  auto read = run_inspect({"--data", site.path()});
  CHECK(read.code == exit_damaged);
  CHECK(has(read.out, "file is not a database"));
}

TEST_CASE("inspect a folder: what is no data folder is said so") {
  client::scratch_folder empty;
  auto read = run_inspect({"--data", empty.path()});
  CHECK(read.code == cli::exit_failed);
  CHECK(has(read.err, "is no data folder"));
  CHECK(fs::is_empty(empty.path()));
}

}  // namespace carillon::inspect
