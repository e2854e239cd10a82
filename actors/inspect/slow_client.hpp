// Why a client is slow, in words, from what its connection says. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/wire/inspect.pb.h"

namespace carillon {

// A connection is slow when the oldest byte for it has waited this long, or when its queue (or what of
// its own frames is unread) is past this part of its limit: a burst that leaves with the next write
// makes nobody slow.
inline constexpr std::uint64_t slow_after = 100'000;  // microseconds
inline constexpr std::uint64_t slow_queue_part = 8;
inline constexpr std::uint64_t slow_unread_bytes = 512u << 10;  // an eighth of what a session may leave

// Empty: it is not slow. `queue_max_bytes`: the limit of its outbound queue.
std::string why_slow(const wire::session_details& session, std::uint64_t queue_max_bytes);

}  // namespace carillon
