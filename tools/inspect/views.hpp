// The live half of `carillon inspect`: one view asked for and shown, once or again and again.
#pragma once

#include "tools/inspect/options.hpp"

namespace carillon::inspect {

int look_live(cli::invocation& now, const inspect_options& options);

}  // namespace carillon::inspect
