// Where a marked request is: notes into the host's book (runtime/base/trace.hpp), for the actors on its
// way. Whoever is not marked costs one branch.
#pragma once

#include <string>
#include <utility>

#include "actors/host_services.hpp"

namespace carillon {

inline bool is_traced(const host_services& host, const wire::caller& by) {
  return by.traced() && host.traces;
}

// Now, unless `what` says when.
inline void note_step(const host_services& host, trace_record what) {
  if (!host.traces || what.trace.empty())
    return;
  if (what.at == 0)
    what.at = host.now();
  host.traces->note(std::move(what));
}
inline void note_step(const host_services& host, const trace_id& trace, trace_step step,
                      std::string detail = {}) {
  note_step(host, {.trace = trace, .step = step, .detail = std::move(detail)});
}

// For `request=` in log lines.
inline std::string request_text(const wire::caller& by) {
  return trace_text(by.trace());
}

// What people call a host; its store id where the ring view does not know it.
inline std::string host_name(const host_services& host, raft::member_id id) {
  if (host.ring)
    for (const auto& member : host.ring->now()->members())
      if (member.store_id() == id)
        return member.name();
  return id == host.self ? host.config.host.name : std::to_string(id);
}

}  // namespace carillon
