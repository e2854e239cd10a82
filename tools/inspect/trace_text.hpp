// The trip of one marked message in a terminal: a line per step, a column per host, and where most of
// the time went. Pure.
#pragma once

#include <optional>
#include <string>

#include "runtime/wire/inspect.pb.h"
#include "tools/inspect/words.hpp"

namespace carillon::inspect {

// The longest time in which the message made no step. From the first step up to the one after which
// the poster has the answer and the first subscriber the message; what other replicas write into
// their tables later keeps nobody waiting.
struct trace_gap {
  int from = 0, to = 0;  // places among the steps
  std::uint64_t micros = 0;
};
std::optional<trace_gap> longest_gap(const wire::trace_picture& picture);

std::string trace_text(const wire::trace_picture& picture, const look& how);

}  // namespace carillon::inspect
