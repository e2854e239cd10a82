// The gateway's door under load: whom admission turns away, and with what words; who waits, and whose
// a call is that does.
#include "actors/admission.hpp"
#include "actors/api/arguments.hpp"
#include "actors/api/errand.hpp"
#include "actors/gateway.hpp"
#include "actors/inspect/routes.hpp"
#include "actors/rate_limits.hpp"
#include "actors/slack_json.hpp"
#include "runtime/base/random.hpp"
#include "storage/credentials.hpp"

namespace carillon {

// The waiting room's clock, to itself.
struct room_tick {
  tick_time due;
};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::room_tick)

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

// Ticks while somebody wants it to.
caf::behavior clock_of(caf::event_based_actor* self, std::function<bool(tick_time, tick_time)> tick) {
  const auto again = [self] {
    self->delayed_send(self, arrival_gate::tick, room_tick{steady_now() + arrival_gate::tick});
  };
  return {
      [again](caf::unit_t) { again(); },
      [again, tick = std::move(tick)](const room_tick& at) {
        if (tick(at.due, steady_now()))
          again();
      },
  };
}

}  // namespace

void gateway::open_waiting_room() {
  if (!host_.door)
    return;
  // Its clock holds the room weakly: the room holds the clock.
  auto room = std::make_shared<std::weak_ptr<waiting_room>>();
  auto clock = system_.spawn(clock_of, [room](tick_time due, tick_time now) {
    auto still = room->lock();
    return still && still->tick(due, now);
  });
  room_ = waiting_room::make(*host_.door, host_.config.edge.upgrades_per_second,
                             {.work = work_,
                              .whose = [this](const edge::http_request& call) { return whose(call); },
                              .wake_later = [clock] { caf::anon_send(clock, caf::unit); }});
  *room = room_;
}

// A user or bot whose token is known here; others by the address they come from.
std::optional<std::uint64_t> gateway::whose(const edge::http_request& call) const {
  const std::string_view token = api::bearer_token(call.authorization);
  if (!token.empty()) {
    const std::string hash = storage::token_hash(token);
    if (hash == host_.admin_token_hash)
      return std::nullopt;
    if (const auto known = recall_ ? recall_(hash) : nullptr)
      return known->user.id.number;
  }
  return number_of_address(call.remote_address);
}

// What is turned away is answered from here, at once or in its turn, and taken out, and who has to wait is taken out; all that was let in counts
// as in progress from now on. Who an operator is, is looked at only where somebody would be turned away or wait.
void gateway::turn_away(std::vector<edge::asked_request>& calls) const {
  if (!host_.door)
    return;
  std::vector<edge::asked_request> in;
  std::vector<waiting_room::turned_away_call> refused;
  const auto add = [&refused](std::optional<waiting_room::turned_away_call> one) {
    if (one)
      refused.push_back(std::move(*one));
  };
  in.reserve(calls.size());
  for (edge::asked_request& each : calls) {
    const tick_time now = each.request.received;
    const auto name = std::string_view(each.request.path).substr(api_prefix_size);
    errand what = errand::read;
    if (api::is_arrival(name))
      what = errand::arrival;
    else if (host_.door->shuts_out_writes(now))
      what = api::errand_of(name);
    auto why = host_.door->call(what, now, chance_of(now));
    if (why && check_operator(each.request, host_.admin_token_hash)) {
      host_.door->let_in();
      why.reset();
    }
    if (why)
      refused.push_back({std::move(each), *why});
    else if (what == errand::arrival && room_)
      add(room_->arrive(std::move(each), now, chance_of(now)));
    else if (room_ && room_->is_busy(now))
      add(room_->come(std::move(each), in, now, chance_of(now)));
    else
      in.push_back(std::move(each));
  }
  calls = std::move(in);
  for (auto& each : refused) {
    auto tell = [answer = std::move(each.call.answer), why = each.why] { answer(come_again(why)); };
    if (room_)
      room_->refuse(std::move(tell));
    else
      tell();
  }
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
