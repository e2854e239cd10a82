// What a post of a session passes before it goes to its channel: the author's rate, the host's load; and
// what is noted of it. Holds nothing but who posts; used in the session's context.
#pragma once

#include <cstdint>
#include <string>

#include "actors/admission.hpp"
#include "actors/host_services.hpp"
#include "runtime/base/trace.hpp"

namespace carillon {

class post_gate {
public:
  // `host` outlives it.
  post_gate(const host_services& host, entity_id user) : host_(host), user_(user) {}

  // The client may ask for a post to be followed, with the `traceparent` of its frame; a host does that
  // for some.
  trace_context begin_trace(const std::string& traceparent, tick_time received) const;
  // Seconds to wait; 0: go on. What is posted here and over the Web API is taken from one bucket.
  std::uint32_t take_post(bool of_bot) const;
  // Seconds to wait while the host is too busy; 0: the post counts as in progress from now on.
  std::uint32_t come_in(tick_time received, call_pass& pass) const;
  // Of a post that came back refused; 0: not known.
  std::uint32_t wait_of(const error& why) const;

  void count_refusal(errc why) const;
  void log_refusal(const trace_context& trace, const error& why) const;

private:
  const host_services& host_;
  const entity_id user_;
};

}  // namespace carillon
