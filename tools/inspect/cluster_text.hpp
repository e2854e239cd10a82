// The whole cluster in a terminal: its hosts, who leads what, what moves, what is wrong. Pure.
#pragma once

#include <string>

#include "runtime/wire/inspect.pb.h"
#include "tools/inspect/words.hpp"

namespace carillon::inspect {

std::string cluster_text(const wire::cluster_picture& picture, const look& how);

}  // namespace carillon::inspect
