// Whom a change of a slot's inboxes concerns while they are away: from what it says and what they said.
// Pure: time and who is active are arguments.
#pragma once

#include <functional>
#include <vector>

#include "actors/slot/push_book.hpp"
#include "actors/slot/push_outbox.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// `is_active`: somebody is at one of the user's devices, as far as we know.
std::vector<push_news> push_news_of(const wire::inbox_change& change, const push_book& book, timestamp now,
                                    const std::function<bool(std::uint64_t user)>& is_active);

}  // namespace carillon
