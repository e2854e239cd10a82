// The gateway's door under load: whom admission turns away, and with what words.
#include "actors/admission.hpp"
#include "actors/api/errand.hpp"
#include "actors/gateway.hpp"
#include "actors/inspect/routes.hpp"
#include "actors/slack_json.hpp"
#include "runtime/base/random.hpp"

namespace carillon {
namespace {

constexpr std::size_t api_prefix_size = std::string_view("/api/").size();

std::uint64_t chance_of(tick_time now) {
  return seeded_random(static_cast<std::uint64_t>(now.time_since_epoch().count())).next();
}

edge::http_response come_again(const refused_entry& why) {
  edge::http_response out;
  out.status = 429;
  out.body = slack::error_body(make_error(errc::ratelimited));
  out.headers.emplace_back("Retry-After", std::to_string(why.retry_after));
  return out;
}

}  // namespace

// What is turned away is answered here and taken out; the rest counts as in progress from now on. Who
// an operator is, is looked at only where somebody is turned away.
void gateway::turn_away(std::vector<edge::asked_request>& calls) const {
  if (!host_.door)
    return;
  std::erase_if(calls, [this](const edge::asked_request& each) {
    const tick_time now = each.request.received;
    const auto name = std::string_view(each.request.path).substr(api_prefix_size);
    errand what = errand::read;
    if (api::is_arrival(name))
      what = errand::arrival;
    else if (host_.door->shuts_out_writes(now))
      what = api::errand_of(name);
    const auto why = host_.door->call(what, now, chance_of(now));
    if (!why)
      return false;
    if (check_operator(each.request, host_.admin_token_hash)) {
      host_.door->let_in();
      return false;
    }
    each.answer(come_again(*why));
    return true;
  });
}

bool gateway::may_open(tick_time now, edge::http_response& refusal) const {
  if (!host_.door)
    return true;
  const auto why = host_.door->upgrade(now, chance_of(now));
  if (why)
    refusal = come_again(*why);
  return !why;
}

}  // namespace carillon
