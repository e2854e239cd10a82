// What a command line of `carillon inspect` says. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tools/cli/host.hpp"

namespace carillon::inspect {

struct inspect_options {
  cli::host_options host;
  bool data_given = false;   // --data, and so perhaps a folder without a host
  bool offline = false;      // read the folder, whatever runs
  std::string what = "cluster";  // or top, trace, keep-awake, let-rest, stop, an entity's name
  std::string name;          // of the entity that is kept awake, let rest, stopped
  std::string channel, text, as_user;  // trace
  std::size_t channels = 20; // of a folder
  std::uint32_t limit = 10;  // top
  std::uint32_t tail = 10;   // of a channel
  bool show_text = false;    // of the tail
  std::uint32_t seconds = 600;  // keep-awake
  double watch = 0;          // seconds; 0: once
};

}  // namespace carillon::inspect
