// Why a client is slow, in words, from what its connection says. Pure.
#pragma once

#include <string>

#include "runtime/wire/inspect.pb.h"

namespace carillon {

// Empty: nothing waits for it.
std::string why_slow(const wire::session_details& session);

}  // namespace carillon
