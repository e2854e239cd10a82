// Why a connection ended, in words, from what its host remembers. Pure.
#pragma once

#include <string>

#include "runtime/wire/inspect.pb.h"

namespace carillon {

// Without the code: "it read too slowly".
std::string why_ended(const wire::ended_session& ended);

}  // namespace carillon
