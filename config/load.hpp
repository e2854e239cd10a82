// From defaults, a TOML file and the command line to one checked `settings`. Later sources win:
// defaults, file, --data and --listen, then each --set in the order given. Everything is checked
// before anything starts: a host that comes up has settings it can live with. With cluster.hosts,
// host.data, host.listen and host.public_url are those of the entry named host.name, unless the
// command line gives others.
// Called by main() before threads start. toml++ is met only in load*.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "runtime/base/result.hpp"

namespace carillon {

struct settings_sources {
  std::string file;                   // --config FILE; empty: none
  std::optional<std::string> host = {};  // --host NAME: host.name, one of cluster.hosts
  bool whole_cluster = false;            // for its list of hosts: no --host is needed
  std::optional<std::string> data;    // --data DIR: host.data
  std::optional<std::string> listen;  // --listen HOST:PORT: host.listen
  std::vector<std::string> set;       // --set section.key=value, each as typed
};

// Fails with invalid_config. The detail has one line for each thing that is wrong, in the order of
// the sources: where, key, value and what is allowed, as in
//   config/x.toml:12: edge.io_threads = -1: must be a whole number from 0 to 64
//   --set edge.io_thread=2: edge.io_thread: no such setting; did you mean edge.io_threads?
result<settings> load_settings(const settings_sources& sources);

// All effective settings as TOML that load_settings reads back.
std::string print_settings(const settings& values);

}  // namespace carillon
