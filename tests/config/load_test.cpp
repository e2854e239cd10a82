// Loading settings: which source wins, and the exact words for everything that can be wrong.
// Files stand in a folder of their own; the words are compared with its path cut off.
#include "config/load.hpp"

#include <doctest/doctest.h>

#include "config/keys.hpp"
#include "tests/config/config_files.hpp"

using namespace carillon;
using carillon::test::config_file;

namespace {

// The complaint about this file's text, with "x.toml" for the file.
std::string complaint(const std::string& text, settings_sources sources = {}) {
  config_file file(text);
  sources.file = file.path();
  auto loaded = load_settings(sources);
  if (loaded)
    return "accepted";
  CHECK(loaded.code() == errc::invalid_config);
  std::string words = loaded.error().detail;
  std::string prefix = file.folder() + '/';
  for (auto at = words.find(prefix); at != std::string::npos; at = words.find(prefix))
    words.erase(at, prefix.size());
  return words;
}

std::string complaint_about_set(const std::vector<std::string>& arguments) {
  settings_sources sources;
  sources.set = arguments;
  auto loaded = load_settings(sources);
  return loaded ? "accepted" : loaded.error().detail;
}

}  // namespace

TEST_CASE("config: without any source the defaults are in force") {
  auto loaded = load_settings({});
  REQUIRE(loaded);
  CHECK(print_settings(*loaded) == print_settings(settings{}));
}

TEST_CASE("config: the file wins over defaults, flags over the file, the last --set over all") {
  config_file file("[host]\ndata = '/file'\nlisten = '127.0.0.1:1'\nlog_level = 'warn'\n"
                   "[edge]\nio_threads = 3\n[storage]\nfsync = false\n");
  settings_sources sources;
  sources.file = file.path();
  sources.data = "/flag";
  sources.listen = "127.0.0.1:2";
  sources.set = {"host.listen=[::1]:3", "edge.io_threads=5", "edge.io_threads=6"};
  auto loaded = load_settings(sources);
  REQUIRE(loaded);
  CHECK(loaded->host.log_level == "warn");
  CHECK(loaded->host.data == "/flag");
  CHECK(loaded->host.listen == "[::1]:3");
  CHECK(loaded->edge.io_threads == 6);
  CHECK_FALSE(loaded->storage.fsync);
  CHECK(loaded->storage.reader_threads == settings{}.storage.reader_threads);
}

TEST_CASE("config: an empty file and one of comments only change nothing") {
  CHECK(complaint("") == "accepted");
  CHECK(complaint("# nothing\n[edge]\n") == "accepted");
}

TEST_CASE("config: a value outside its range is named with file, line, key and what is allowed") {
  CHECK(complaint("# one\n[edge]\n\nio_threads = -1\n") ==
        "x.toml:4: edge.io_threads = -1: must be a whole number from 0 to 64");
  CHECK(complaint("[cluster]\nslots = 96\n") ==
        "x.toml:2: cluster.slots = 96: must be a power of two from 1 to 16384");
  CHECK(complaint("[host]\nlisten = '8080'\n") ==
        "x.toml:2: host.listen = \"8080\": must be HOST:PORT with a port from 0 to 65535");
  CHECK(complaint("[host]\nlog_level = 'loud'\n") ==
        "x.toml:2: host.log_level = \"loud\": must be one of trace, debug, info, warn, error, off");
}

TEST_CASE("config: a value of the wrong type is refused as it is written") {
  CHECK(complaint("[edge]\nio_threads = '2'\n") ==
        "x.toml:2: edge.io_threads = \"2\": must be a whole number from 0 to 64");
  CHECK(complaint("[edge]\nio_threads = 2.5\n") ==
        "x.toml:2: edge.io_threads = 2.5: must be a whole number from 0 to 64");
  CHECK(complaint("[storage]\nfsync = 1\n") ==
        "x.toml:2: storage.fsync = 1: must be true or false");
  CHECK(complaint("[host]\ndata = 3\n") == "x.toml:2: host.data = 3: must be the path of a folder");
  CHECK(complaint("[host]\ndata = 1979-05-27\n") ==
        "x.toml:2: host.data = 1979-05-27: must be the path of a folder");
  CHECK(complaint("[host]\ndata = ['a']\n") ==
        "x.toml:2: host.data = [ 'a' ]: must be the path of a folder");
}

TEST_CASE("config: an unknown key is refused, with a guess when one is near") {
  CHECK(complaint("[edge]\nio_thread = 2\n") ==
        "x.toml:2: edge.io_thread: no such setting; did you mean edge.io_threads?");
  CHECK(complaint("[host]\nio_threads = 2\n") ==
        "x.toml:2: host.io_threads: no such setting; did you mean edge.io_threads?");
  CHECK(complaint("[edge]\ncolour = 2\n") == "x.toml:2: edge.colour: no such setting");
}

TEST_CASE("config: an unknown section is refused, with a guess when one is near") {
  CHECK(complaint("[edges]\nio_threads = 2\n") ==
        "x.toml:1: [edges]: no such section; did you mean [edge]?");
  CHECK(complaint("\n[kitchen]\n") == "x.toml:2: [kitchen]: no such section");
}

TEST_CASE("config: a setting outside a section and a section as a value are refused") {
  CHECK(complaint("io_threads = 2\n") ==
        "x.toml:1: io_threads: must stand in a section; did you mean edge.io_threads?");
  CHECK(complaint("edge = 2\n") == "x.toml:1: edge: must stand in a section, as [edge]");
}

TEST_CASE("config: text that is not TOML is named with its line") {
  std::string words = complaint("[edge]\nio_threads = = 2\n");
  CHECK(words.substr(0, 19) == "x.toml:2: not TOML:");
  words = complaint("[edge]\nio_threads = 1\nio_threads = 2\n");
  CHECK(words.substr(0, 19) == "x.toml:3: not TOML:");
}

TEST_CASE("config: a file that is not there and a folder in its place are named") {
  config_file file("");
  auto missing =
      load_settings({.file = file.folder() + "/y.toml", .data = {}, .listen = {}, .set = {}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().detail ==
        file.folder() + "/y.toml: cannot be read: No such file or directory");
  auto folder = load_settings({.file = file.folder(), .data = {}, .listen = {}, .set = {}});
  REQUIRE_FALSE(folder);
  CHECK(folder.error().detail == file.folder() + ": cannot be read: Is a directory");
}

TEST_CASE("config: everything that is wrong is said at once, in the order of the sources") {
  settings_sources sources;
  sources.listen = "nowhere";
  sources.set = {"edge.io_threads=65"};
  CHECK(complaint("[storage]\nfsync = 0\n[channel]\nin_flight_max = 0\n", sources) ==
        "x.toml:2: storage.fsync = 0: must be true or false\n"
        "x.toml:4: channel.in_flight_max = 0: must be a whole number from 1 to 1000000\n"
        "--listen nowhere: host.listen = \"nowhere\": must be HOST:PORT with a port from 0 to "
        "65535\n"
        "--set edge.io_threads=65: edge.io_threads = 65: must be a whole number from 0 to 64");
}

TEST_CASE("config: --set is named as it was typed") {
  CHECK(complaint_about_set({"edge.io_threads=-1"}) ==
        "--set edge.io_threads=-1: edge.io_threads = -1: must be a whole number from 0 to 64");
  CHECK(complaint_about_set({"edge.io_threads=two"}) ==
        "--set edge.io_threads=two: edge.io_threads = two: must be a whole number from 0 to 64");
  CHECK(complaint_about_set({"edge.io_threads="}) ==
        "--set edge.io_threads=: edge.io_threads = : must be a whole number from 0 to 64");
  CHECK(complaint_about_set({"storage.fsync=yes"}) ==
        "--set storage.fsync=yes: storage.fsync = yes: must be true or false");
  CHECK(complaint_about_set({"edge.io_thread=2"}) ==
        "--set edge.io_thread=2: edge.io_thread: no such setting; did you mean edge.io_threads?");
  CHECK(complaint_about_set({"edg.io_threads=2"}) ==
        "--set edg.io_threads=2: edg.io_threads: no such setting; did you mean edge.io_threads?");
  CHECK(complaint_about_set({"kitchen.sink=2"}) ==
        "--set kitchen.sink=2: kitchen.sink: no such setting");
  CHECK(complaint_about_set({"edge.io_threads"}) ==
        "--set edge.io_threads: must be section.key=value");
  CHECK(complaint_about_set({"io_threads=2.5"}) ==
        "--set io_threads=2.5: must be section.key=value");
  // A value may hold '=' and '.'.
  CHECK(complaint_about_set({"host.data=/a=b.c"}) == "accepted");
}

TEST_CASE("config: an empty --data is refused") {
  auto loaded = load_settings({.file = {}, .data = "", .listen = {}, .set = {}});
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().detail == "--data : host.data = \"\": must be the path of a folder");
}

TEST_CASE("config: settings that contradict each other are refused where they were set") {
  CHECK(complaint_about_set({"edge.transient_queue_max_bytes=4194304"}) == "accepted");
  CHECK(complaint_about_set({"edge.transient_queue_max_bytes=4194305"}) ==
        "--set edge.transient_queue_max_bytes=4194305: edge.transient_queue_max_bytes = 4194305: "
        "must not be above edge.outbound_queue_max_bytes = 4194304 (default)");
  CHECK(complaint("[edge]\noutbound_queue_max_bytes = 262143\n") ==
        "x.toml:2: edge.transient_queue_max_bytes = 262144 (default): must not be above "
        "edge.outbound_queue_max_bytes = 262143");
  CHECK(complaint("[storage]\nwal_max_mb = 32\nwrite_buffer_mb = 32\n") == "accepted");
  CHECK(complaint("[storage]\nwal_max_mb = 32\nwrite_buffer_mb = 33\n") ==
        "x.toml:3: storage.write_buffer_mb = 33: must not be above storage.wal_max_mb = 32");
}

TEST_CASE("config: what is printed loads again as the same settings") {
  settings values;
  values.host.data = "a \"quoted\\path\"\x01";
  values.edge.io_threads = 7;
  values.storage.fsync = false;
  config_file file(print_settings(values));
  auto loaded = load_settings({.file = file.path(), .data = {}, .listen = {}, .set = {}});
  REQUIRE(loaded);
  CHECK(loaded->host.data == values.host.data);
  CHECK(print_settings(*loaded) == print_settings(values));
}
