// The trip of one marked message in a terminal: a line per step, a column per host, and where most of
// the time went, as the asked host explains it (actors/inspect/trip.hpp). Pure.
#pragma once

#include <string>

#include "runtime/wire/inspect.pb.h"
#include "tools/inspect/words.hpp"

namespace carillon::inspect {

// WAITED: since the step that it followed from; in brackets when nobody had to wait for it.
std::string trace_text(const wire::trace_picture& picture, const look& how);

}  // namespace carillon::inspect
