#include "actors/session/post_gate.hpp"

#include "actors/admission.hpp"
#include "actors/rate_limits.hpp"
#include "actors/trace_notes.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {

trace_context post_gate::begin_trace(const std::string& traceparent, tick_time received) const {
  trace_context out = next_trace(false);
  auto given = traceparent.empty() ? std::nullopt : parse_traceparent(traceparent);
  if (!given)
    return out;
  out.trace = given->trace;
  out.sampled = given->sampled && host_.traces && host_.traces->admit(steady_now());
  if (out.sampled)
    note_step(host_, {.trace = out.trace,
                      .step = trace_step::received,
                      .at = received != tick_time{} ? wall_time_of(received) : 0,
                      .detail = "RTM"});
  return out;
}

std::uint32_t post_gate::come_in(tick_time received, call_pass& pass) const {
  if (!host_.door)
    return 0;
  const tick_time now = received != tick_time{} ? received : steady_now();
  const auto chance = static_cast<std::uint64_t>(now.time_since_epoch().count()) / 64;
  auto busy = host_.door->call(errand::write, now, chance);
  if (!busy) {
    pass = host_.door->take_over(now);
    busy = host_.door->charge(pass, user_.number, now, chance);
  }
  return busy ? busy->retry_after : 0;
}

std::uint32_t post_gate::take_post(bool of_bot) const {
  if (!host_.rates || !host_.rates->limits(tier::post))
    return 0;
  const rate_scope scope = of_bot ? rate_scope::app : rate_scope::user;
  return host_.rates->take({scope, user_.number}, tier::post, 0, steady_now()).retry_after;
}
std::uint32_t post_gate::wait_of(const error& why) const {
  return why.code == errc::ratelimited && host_.rates ? host_.rates->channel_refused().retry_after : 0;
}

void post_gate::count_refusal(errc why) const {
  host_.metrics->posts_refused.add();
  host_.metrics->overloaded.add(why == errc::overloaded);
}
void post_gate::log_refusal(const trace_context& trace, const error& why) const {
  const bool broken = why.code == errc::internal_error || why.code == errc::corrupt_record;
  if (const log_level level = broken ? log_level::error : log_level::debug; log_enabled(level))
    log_of(level, "session", trace_text(trace.trace), "a post {}: {}",
           broken ? "failed" : "is refused", why.describe());
}

}  // namespace carillon
