// What the slot that keeps rows of pushes and the actor that tells them both know of these. Pure.
#pragma once

#include "runtime/wire/event.pb.h"

namespace carillon {

// The inbox has a row of each such message, by which badges and titles count it.
inline bool is_counted_by_inbox(wire::mention_kind kind) {
  return kind != wire::MENTION_UNKNOWN && kind != wire::MENTION_THREAD;
}

// Somebody is to be told of some of its items; the others are only counted.
inline bool has_news(const wire::push_row& row) {
  return !row.items().empty() && row.items().rbegin()->seq() > row.told_seq();
}

}  // namespace carillon
