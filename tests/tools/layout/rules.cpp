#include "tests/tools/layout/rules.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace carillon::layout {
namespace {

using words = std::vector<std::string_view>;

// -- the table ------------------------------------------------------------------------------------

// A folder may include itself and every folder of a lower rank. Equal rank: sisters, which do not
// include one another.
struct layer {
  std::string_view folder;
  int rank;
};
constexpr std::array layers{
    layer{"config/", 0},       layer{"runtime/base/", 1}, layer{"runtime/wire/", 2},
    layer{"runtime/ring/", 3}, layer{"runtime/raft/", 3}, layer{"runtime/cluster/", 3},
    layer{"runtime/edge/", 3}, layer{"runtime/coordination/", 3}, layer{"runtime/push/", 3}, layer{"storage/", 4},      layer{"actors/", 5},
    layer{"tools/", 6},        layer{"tests/", 7},
};

// Within these, the folders are sisters too: they meet in the headers right beside them.
const words families{"actors/"};

// What the ranks alone would refuse, each with its reason.
struct exception {
  std::string_view file;
  std::string_view included;
};
constexpr std::array exceptions{
    // Loading can fail, and the house has one vocabulary of failures. It includes nothing itself
    // but ensure.hpp, so no circle can come of it.
    exception{"config/load.hpp", "runtime/base/result.hpp"},
    exception{"config/load.cpp", "runtime/base/result.hpp"},
};

// Made by the build beside the objects, so it is no file of the tree.
constexpr std::array generated{
    exception{"tools/web/web_files.cpp", "web_embedded.inc"},
};

// A library's headers start with `header`; only files whose path starts with one of `files` may
// include them. A library that is not listed may not be included at all.
struct fence {
  std::string_view header;
  words files;
};
const std::vector<fence> fences{
    {"rocksdb/", {"storage/rocks_kv.", "storage/rocks_files.", "storage/rocks_memtable.", "storage/rocks_options.",
                  "tests/storage/tables/rocks_memtable_test.cpp"}},
    {"soci/", {"storage/directory"}},
    {"sqlite3.h", {"storage/directory", "tests/storage/directory_faults_test.cpp"}},
    {"boost/asio", {"runtime/edge/", "tests/runtime/edge/", "tools/bench/"}},
    {"boost/beast", {"runtime/edge/", "tests/runtime/edge/", "tools/bench/"}},
    {"boost/json",
     {"actors/slack_json", "actors/sync_plan.cpp", "actors/gateway.cpp", "actors/push/block_text.cpp", "actors/api/", "actors/session/",
      "runtime/push/", "tools/", "tests/"}},
    {"boost/system", {"runtime/edge/"}},
    {"boost/pfr", {"tests/config/"}},
    {"date/", {"actors/dnd_hours"}},
    {"toml++/", {"config/load", "tools/chaos/scenario.cpp"}},
    {"CLI/", {"tools/"}},
    {"spdlog/", {"runtime/base/logging."}},
    {"fmt/", {""}},
    {"sodium.h", {"runtime/base/random.cpp", "runtime/push/base64url.cpp", "storage/credentials.cpp"}},
    {"curl/", {"runtime/push/http_client.", "runtime/push/url_origin.cpp"}},
    {"caf/",
     {"runtime/wire/boxed.hpp", "runtime/cluster/", "actors/", "tools/node/", "tests/actors/",
      "tests/runtime/wire/"}},
    {"google/protobuf/", {"runtime/wire/", "storage/"}},
    {"maxminddb.h", {"actors/place_database.cpp"}},
    {"zookeeper/", {"runtime/coordination/zookeeper_session."}},
    {"prometheus/", {"actors/metrics/metrics_text.cpp"}},
    {"openssl/",
     {"runtime/edge/", "runtime/cluster/", "runtime/push/digests.cpp", "runtime/push/private_key.cpp",
      "runtime/push/web_push_encryption.cpp", "runtime/push/credentials.cpp", "tools/certs/", "tests/tools/certs/",
      "tests/runtime/push/"}},
    {"doctest/", {"tests/"}},
    // The operating system: everywhere but in pure folders.
    {"sys/", {""}},
    {"netinet/", {""}},
    {"arpa/", {""}},
    {"net/", {"tools/cluster/"}},
    {"linux/", {"tools/cluster/", "runtime/edge/tcp_look."}},
};

// Pure code gets time, chance and effects as arguments and results: these headers would hand it
// the real ones.
struct purity {
  std::string_view folder;   // path prefix
  std::string_view in_name;  // and part of the file's name
};
constexpr std::array pure_files{
    purity{"runtime/ring/", ""},
    purity{"runtime/raft/", ""},
    purity{"runtime/cluster/", "link_"},
    purity{"runtime/coordination/", "zookeeper_election."},
    purity{"runtime/coordination/", "zookeeper_founding."},
    purity{"runtime/coordination/", "zookeeper_state."},
    purity{"runtime/coordination/", "zookeeper_words."},
    purity{"runtime/push/", "address_rules."},
    purity{"runtime/push/", "answer_words."},
    purity{"runtime/push/", "apns."},
    purity{"runtime/push/", "base64url."},
    purity{"runtime/push/", "collapse."},
    purity{"runtime/push/", "digests."},
    purity{"runtime/push/", "fcm."},
    purity{"runtime/push/", "fitted_text."},
    purity{"runtime/push/", "google_account."},
    purity{"runtime/push/", "http_exchange."},
    purity{"runtime/push/", "jwt."},
    purity{"runtime/push/", "origin_gate."},
    purity{"runtime/push/", "private_key."},
    purity{"runtime/push/", "push_message."},
    purity{"runtime/push/", "url_origin."},
    purity{"runtime/push/", "web_push"},
    purity{"runtime/push/", "webhook."},
    purity{"runtime/cluster/", "peer_queue."},
    purity{"runtime/cluster/", "frame."},
    purity{"actors/", "_state."},
    purity{"actors/", "replica."},
    purity{"actors/", "replica_pull."},
    purity{"actors/", "gateway_choice."},
    purity{"actors/link/", "cluster_formation."},
    purity{"tools/chaos/", "fault_lanes."},
    purity{"tools/chaos/", "recording."},
    purity{"tools/chaos/", "sheet."},
    purity{"tools/chaos/", "svg."},
    purity{"tools/chaos/", "timeline"},
};
const words impure_headers{"chrono",
                           "ctime",
                           "time.h",
                           "thread",
                           "mutex",
                           "future",
                           "atomic",
                           "condition_variable",
                           "shared_mutex",
                           "semaphore",
                           "stop_token",
                           "random",
                           "iostream",
                           "fstream",
                           "cstdio",
                           "stdio.h",
                           "filesystem",
                           "unistd.h",
                           "fcntl.h",
                           "pthread.h",
                           "sys/",
                           "netinet/",
                           "arpa/",
                           "caf/",
                           "boost/asio",
                           "boost/beast",
                           "runtime/base/logging.hpp"};

// -- the checker ----------------------------------------------------------------------------------

struct include_line {
  std::string_view name;
  bool quoted;
};

std::optional<include_line> parse_include(std::string_view line) {
  auto skip_blanks = [&] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  skip_blanks();
  if (!line.starts_with('#'))
    return std::nullopt;
  line.remove_prefix(1);
  skip_blanks();
  if (!line.starts_with("include"))
    return std::nullopt;
  line.remove_prefix(std::string_view("include").size());
  skip_blanks();
  if (line.empty() || (line[0] != '"' && line[0] != '<'))
    return std::nullopt;
  bool quoted = line[0] == '"';
  std::size_t end = line.find(quoted ? '"' : '>', 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  return include_line{line.substr(1, end - 1), quoted};
}

const layer* layer_of(std::string_view path) {
  auto at = std::find_if(layers.begin(), layers.end(),
                         [&](const layer& l) { return path.starts_with(l.folder); });
  return at == layers.end() ? nullptr : &*at;
}

bool starts_with_any(std::string_view path, const words& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return path.starts_with(prefix); });
}

// "actors/slot/x.hpp" in family "actors/" is of folder "slot"; "actors/ask.hpp" of none.
std::string_view folder_in(std::string_view path, std::string_view family) {
  if (!path.starts_with(family))
    return {};
  path.remove_prefix(family.size());
  std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

template <class Table>
bool lists(const Table& table, std::string_view path, std::string_view name) {
  return std::any_of(table.begin(), table.end(),
                     [&](const exception& e) { return e.file == path && e.included == name; });
}

std::string check_own(std::string_view path, std::string_view name, const exists_function& exists) {
  if (lists(generated, path, name))
    return {};
  std::string source(name);  // a generated header stands for its schema
  if (name.ends_with(".pb.h"))
    source = std::string(name.substr(0, name.size() - 5)) + ".proto";
  const layer* to = layer_of(name);
  if (!to || !exists(source))
    return "own headers are included by their full path from the root";
  const layer* from = layer_of(path);
  bool excused = lists(exceptions, path, name);
  if (from && to->folder != from->folder && to->rank >= from->rank && !excused)
    return std::string(from->folder) + " does not include " + std::string(to->folder);
  for (std::string_view family : families) {
    std::string_view ours = folder_in(path, family);
    std::string_view theirs = folder_in(name, family);
    if (!ours.empty() && !theirs.empty() && ours != theirs)
      return "sister folders do not include one another";
  }
  return {};
}

std::string check_library(std::string_view path, std::string_view name) {
  if (layer_of(name))
    return "own headers are included with quotes";
  for (const fence& f : fences) {
    if (name.starts_with(f.header))
      return starts_with_any(path, f.files) ? std::string{}
                                            : std::string(f.header) + " is fenced into other files";
  }
  // Standard and C headers have no folder in their name.
  return name.find('/') == std::string_view::npos ? std::string{}
                                                  : "a library that has no fence yet";
}

std::string check_purity(std::string_view path, std::string_view name) {
  std::string_view file = path.substr(path.rfind('/') + 1);
  bool pure = std::any_of(pure_files.begin(), pure_files.end(), [&](const purity& p) {
    return path.starts_with(p.folder) && file.find(p.in_name) != std::string_view::npos;
  });
  bool impure = std::any_of(impure_headers.begin(), impure_headers.end(), [&](std::string_view h) {
    return h.ends_with('/') || h.starts_with("boost/") ? name.starts_with(h) : name == h;
  });
  return pure && impure ? "pure code has no clock, thread, disk or socket" : std::string{};
}

}  // namespace

const words& checked_folders() {
  static const words folders{"config", "runtime", "storage", "actors", "tools", "tests"};
  return folders;
}

std::vector<std::string> check_file(std::string_view path, std::string_view text,
                                    const exists_function& exists) {
  std::vector<std::string> problems;
  std::size_t number = 0;
  auto complain = [&](std::string_view about, std::string what) {
    if (!what.empty())
      problems.push_back(std::string(path) + ':' + std::to_string(number) + ": " +
                         std::string(about) + ": " + what);
  };
  while (!text.empty()) {
    ++number;
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (auto include = parse_include(line)) {
      complain(include->name, include->quoted ? check_own(path, include->name, exists)
                                              : check_library(path, include->name));
      complain(include->name, check_purity(path, include->name));
    }
  }
  if (number > lines_max)
    complain("length", "a file has at most " + std::to_string(lines_max) + " lines");
  return problems;
}

}  // namespace carillon::layout
