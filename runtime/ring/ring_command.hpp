// What an operator may ask of the ring. Pure. The same word twice changes nothing the second time.
#pragma once

#include <string>

#include "runtime/base/result.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// Which member is meant: by its name, or its store id in hexadecimal. Members before hosts that left.
// Errors: invalid_arguments (nobody of that name; the detail says who there is).
result<std::uint64_t> host_named(const wire::ring_view& view, const std::string& name);

// The view as the word wants it, of the same generation: equal to `view` when it is so already.
// Errors: invalid_arguments (unknown host or slot, weight above weight_max, nobody would be left to
// hold slots, a word that came with a newer schema than a member speaks; the detail says what).
result<wire::ring_view> with_command(const wire::ring_view& view, const wire::ring_command& command);

inline constexpr std::uint32_t weight_max = 100'000;

}  // namespace carillon
