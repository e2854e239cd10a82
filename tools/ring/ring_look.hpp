// One look at the ring and at all hosts through one of them; and the operator's words to it. Blocks.
#pragma once

#include <string>

#include "runtime/base/result.hpp"
#include "runtime/wire/event.pb.h"
#include "runtime/wire/inspect.pb.h"
#include "tools/inspect/live.hpp"

namespace carillon::ring {

struct ring_look {
  wire::ring_view view;
  wire::cluster_picture cluster;  // with slots
  // All members know operators' words. Otherwise `view` is what the cluster's picture tells.
  bool has_words = true;
};

// Errors: what keeps the host from answering just now.
result<ring_look> look_at_ring(inspect::live_host& host);

// The answer: how it is then. Errors: invalid_arguments (refused; the detail says why), io_error.
result<inspect::live_host::answer> order_ring(inspect::live_host& host, const wire::ring_order& what);
wire::ring_command wish_of(const std::string& host, wire::host_intent intent);

}  // namespace carillon::ring
