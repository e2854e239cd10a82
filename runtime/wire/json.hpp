// Protobuf's own mapping to JSON, for what people and tools outside look at: names as in the .proto
// files, every field present, 64-bit numbers as text, enums by name. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/wire/inspect.pb.h"

namespace carillon::wire {

std::string to_json(const inspect_reply& reply);
std::string to_json(const cluster_picture& picture);
std::string to_json(const top_picture& picture);
std::string to_json(const ring_order& order);

// false: not JSON, or not of this message (unknown fields too).
bool from_json(std::string_view json, operate& into);
bool from_json(std::string_view json, ring_order& into);
// A newer host may say more than we know: that is left out.
bool from_json(std::string_view json, inspect_reply& into);

}  // namespace carillon::wire
