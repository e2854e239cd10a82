// What changed between two ring views, one generation apart: what the meta group commits and every
// host applies, so that a change costs what it changes and not the whole table. Pure.
#pragma once

#include "runtime/wire/event.pb.h"

namespace carillon {

// REQUIRES: after.generation() == before.generation() + 1, as many slots or more; `after` came out of
// `before` by next_view() and changes of members, wishes and pins.
wire::ring_delta delta_of(const wire::ring_view& before, const wire::ring_view& after);

// False, and nothing is changed: the delta follows another generation, or names a slot that is far
// beyond the table (somebody's bytes).
bool apply_delta(wire::ring_view& view, const wire::ring_delta& delta);

}  // namespace carillon
