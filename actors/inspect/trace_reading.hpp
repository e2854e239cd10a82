// What this host wrote down about one marked request. What all hosts did is put together by the
// inspector, which asks each of them.
#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/host_services.hpp"

namespace carillon {

// `then` gets the steps in the order of their times, by this host's clock; none when nothing is known.
// It is called once, in the context of `self`, perhaps at once.
void read_trace_here(caf::event_based_actor* self, const host_services& host, const trace_id& trace,
                     std::function<void(wire::trace_picture)> then);

}  // namespace carillon
