// Whom of those with devices for pushes a change of a slot's inboxes concerns: from what it says and what they
// said. Pure: time and who is reached are arguments.
#pragma once

#include <functional>
#include <vector>

#include "actors/slot/push_book.hpp"
#include "actors/slot/push_outbox.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// `is_reached`: somebody is at one of the user's devices, which shows it, as far as we know.
std::vector<push_news> push_news_of(const wire::inbox_change& change, const push_book& book, timestamp now,
                                    const std::function<bool(std::uint64_t user)>& is_reached);

}  // namespace carillon
