// The layout of the house holds (rules.cpp has the table), and the checker sees when it does not.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/tools/layout/rules.hpp"

namespace carillon::layout {
namespace {

namespace fs = std::filesystem;

bool is_ours(const fs::path& file) {
  static const std::set<std::string> endings{".hpp", ".cpp", ".proto", ".js",   ".mjs",
                                             ".css", ".py",  ".sh",    ".cmake"};
  return endings.contains(file.extension().string());
}

std::string read_all(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

bool is_file(std::string_view path) {
  return fs::is_regular_file(path);
}

// The problems of one line in a file that is as good as any otherwise.
std::vector<std::string> check_line(std::string_view path, const std::string& line) {
  static const std::set<std::string_view> house{
      "config/settings.hpp",        "runtime/base/result.hpp",
      "runtime/base/logging.hpp",   "runtime/wire/event.proto",
      "runtime/ring/slot_hash.hpp", "runtime/raft/raft.hpp",
      "runtime/edge/gateway.hpp",   "storage/kv.hpp",
      "actors/protocols.hpp",       "actors/slot/slot_actor.hpp",
      "actors/user/user_state.hpp", "tests/support/tools.hpp"};
  return check_file(path, line, [](std::string_view name) { return house.contains(name); });
}

bool passes(std::string_view path, const std::string& line) {
  return check_line(path, line).empty();
}

}  // namespace

TEST_CASE("layout: the house is as the table says") {
  REQUIRE(fs::is_directory("runtime"));  // run from the repository's root
  std::size_t files = 0;
  for (std::string_view folder : checked_folders()) {
    for (auto at = fs::recursive_directory_iterator(folder); at != fs::end(at); ++at) {
      std::string name = at->path().filename().string();
      if (at->is_directory() && (name == "node_modules" || name.starts_with('.'))) {
        at.disable_recursion_pending();
        continue;
      }
      if (!at->is_regular_file() || !is_ours(at->path()))
        continue;
      ++files;
      for (const std::string& problem :
           check_file(at->path().generic_string(), read_all(at->path()), is_file))
        FAIL_CHECK(problem);
    }
  }
  CHECK(files > 50);
}

TEST_CASE("layout: a problem names file, line and header") {
  std::vector<std::string> problems =
      check_line("storage/kv.cpp", "// words\n\n#include \"actors/protocols.hpp\"\n");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] == "storage/kv.cpp:3: actors/protocols.hpp: storage/ does not include actors/");
}

TEST_CASE("layout: includes point down, never up or to a sister") {
  CHECK(passes("storage/kv.cpp", "#include \"runtime/base/result.hpp\""));
  CHECK(passes("storage/kv.cpp", "#include \"storage/kv.hpp\""));
  CHECK(passes("storage/kv.cpp", "#include \"runtime/wire/event.pb.h\""));
  CHECK_FALSE(passes("runtime/base/result.cpp", "#include \"storage/kv.hpp\""));
  CHECK_FALSE(passes("runtime/wire/boxed.hpp", "#include \"runtime/raft/raft.hpp\""));
  CHECK_FALSE(passes("config/keys.cpp", "#include \"runtime/base/result.hpp\""));
  CHECK(passes("config/load.cpp", "#include \"runtime/base/result.hpp\""));  // the exception
  CHECK_FALSE(passes("config/load.cpp", "#include \"runtime/base/logging.hpp\""));

  CHECK_FALSE(passes("runtime/raft/raft.cpp", "#include \"runtime/ring/slot_hash.hpp\""));
  CHECK_FALSE(passes("runtime/edge/listener.cpp", "#include \"runtime/raft/raft.hpp\""));
  CHECK_FALSE(passes("actors/user/user_actor.cpp", "#include \"actors/slot/slot_actor.hpp\""));
  CHECK(passes("actors/user/user_actor.cpp", "#include \"actors/protocols.hpp\""));
  CHECK(passes("actors/node.cpp", "#include \"actors/slot/slot_actor.hpp\""));

  CHECK_FALSE(passes("tools/node/main.cpp", "#include \"tests/support/tools.hpp\""));
  CHECK(passes("tests/storage/kv_test.cpp", "#include \"tests/support/tools.hpp\""));
}

TEST_CASE("layout: own headers have quotes and their full path") {
  CHECK_FALSE(passes("storage/kv.cpp", "#include \"kv.hpp\""));
  CHECK_FALSE(passes("storage/kv.cpp", "#include \"../storage/kv.hpp\""));
  CHECK_FALSE(passes("storage/kv.cpp", "#include <storage/kv.hpp>"));
  CHECK_FALSE(passes("storage/kv.cpp", "#include \"storage/gone.hpp\""));
  CHECK_FALSE(passes("storage/kv.cpp", "#include \"runtime/wire/gone.pb.h\""));
}

TEST_CASE("layout: every library stays behind its fence") {
  CHECK(passes("storage/rocks_kv.cpp", "#include <rocksdb/db.h>"));
  CHECK_FALSE(passes("storage/journal.cpp", "#include <rocksdb/db.h>"));
  CHECK(passes("storage/directory_sql.hpp", "#include <soci/soci.h>"));
  CHECK_FALSE(passes("storage/kv.cpp", "#include <sqlite3.h>"));
  CHECK(passes("runtime/edge/listener.cpp", "#include <boost/asio/post.hpp>"));
  CHECK_FALSE(passes("actors/session/session_actor.cpp", "#include <boost/asio/post.hpp>"));
  CHECK_FALSE(passes("actors/hub/hub_actor.cpp", "#include <boost/json.hpp>"));
  CHECK_FALSE(passes("runtime/edge/listener.cpp", "#include <caf/all.hpp>"));
  CHECK_FALSE(passes("storage/kv.cpp", "#include <spdlog/spdlog.h>"));
  CHECK_FALSE(passes("config/keys.cpp", "#include <toml++/toml.h>"));
  CHECK_FALSE(passes("actors/node.cpp", "#include <CLI/CLI.hpp>"));
  CHECK_FALSE(passes("storage/kv.cpp", "#include <sodium.h>"));
  CHECK_FALSE(passes("storage/kv.cpp", "#include <prometheus/counter.h>"));
  CHECK_FALSE(passes("storage/kv.cpp", "#include <nlohmann/json.hpp>"));  // not in the table
  CHECK(passes("storage/kv.cpp", "#include <vector>"));
}

TEST_CASE("layout: pure code includes no clock, thread, disk or socket") {
  CHECK_FALSE(passes("runtime/raft/raft.cpp", "#include <chrono>"));
  CHECK_FALSE(passes("runtime/raft/raft.cpp", "#include <mutex>"));
  CHECK_FALSE(passes("runtime/ring/slot_hash.cpp", "#include <fstream>"));
  CHECK_FALSE(passes("runtime/ring/slot_hash.cpp", "#include <sys/socket.h>"));
  CHECK_FALSE(passes("runtime/raft/raft.cpp", "#include \"runtime/base/logging.hpp\""));
  CHECK_FALSE(passes("actors/user/user_state.hpp", "#include <caf/all.hpp>"));
  CHECK(passes("actors/user/user_actor.hpp", "#include <caf/all.hpp>"));
  CHECK(passes("runtime/raft/raft.cpp", "#include <algorithm>"));
  CHECK(passes("runtime/edge/listener.cpp", "#include <sys/socket.h>"));
}

TEST_CASE("layout: odd spacing hides nothing, comments are not includes") {
  CHECK_FALSE(passes("storage/kv.cpp", "  #  include\t<rocksdb/db.h>  // why"));
  CHECK(passes("storage/kv.cpp", "// #include <rocksdb/db.h>"));
}

TEST_CASE("layout: five hundred lines are a file, five hundred and one are two") {
  std::string text;
  for (std::size_t i = 0; i < lines_max; ++i)
    text += "// words\n";
  CHECK(passes("storage/kv.cpp", text));
  CHECK_FALSE(passes("storage/kv.cpp", text + "// one more\n"));
}

}  // namespace carillon::layout
