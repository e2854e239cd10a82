// `carillon inspect` with these arguments, run within this process: what it printed, and its exit code.
#pragma once

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tools/inspect/inspect.hpp"

namespace carillon::inspect {

struct outcome {
  int code;
  std::string out, err;
};

inline outcome run_inspect(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "inspect");
  std::istringstream in;
  std::ostringstream out, err;
  cli::invocation now{in, out, err, {}};
  const int code = cli::run_program({add_inspect_command}, std::move(arguments), now);
  return {code, out.str(), err.str()};
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace carillon::inspect
