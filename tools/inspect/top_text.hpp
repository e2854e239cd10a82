// What is hottest, longest and slowest, in a terminal. Pure.
#pragma once

#include <string>

#include "runtime/wire/inspect.pb.h"
#include "tools/inspect/words.hpp"

namespace carillon::inspect {

std::string top_text(const wire::top_picture& picture, const look& how);

}  // namespace carillon::inspect
