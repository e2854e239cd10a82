// What a ring lacks that one of its hosts could be stopped and nobody would notice: everybody else is
// there, nothing moves, every slot has its replicas, a leader, and a majority without that host. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// What a host says of itself that rests and has no other trouble.
inline constexpr std::string_view resting_words = "it rests, until carillon ring add takes it in again";
// What a host says of itself that is drained or removed, to who asks whether clients may come.
inline constexpr std::string_view leaving_words = "it is emptied, until carillon ring add takes it in again";

struct ring_sight {
  std::uint32_t replicas = 3;  // wanted of each slot
  std::function<bool(std::uint64_t host)> is_present;
  std::function<bool(slot_id)> is_led;
};

// The first thing in words; empty: whole. Whether `host` itself is there does not matter. Members that
// hold nothing and are silent are nobody's loss.
std::string ring_lacks(const wire::ring_view& view, std::uint64_t host, const ring_sight& sight);

}  // namespace carillon
