#include "actors/hub/presence_actor.hpp"

#include <algorithm>

#include "actors/admission.hpp"
#include "actors/hub/presence_shell.hpp"
#include "actors/slack_json.hpp"
#include "actors/stop_on_exception.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

// Steps of one turn: about a tenth of a millisecond, then others of this thread have theirs.
constexpr std::size_t portion = 2'000;
constexpr std::chrono::milliseconds turn_interval{10};
// Looking whether events have left: soon while they do.
constexpr std::chrono::milliseconds receipts_soon{20};
constexpr std::chrono::milliseconds receipts_later{500};

presence_pacer::limits limits_of(const settings::presence_settings& how) {
  return {how.events_per_connection_s, how.events_per_host_s, std::chrono::milliseconds(how.window_ms),
          std::chrono::milliseconds(how.window_max_ms)};
}

std::string_view to_string(presence_pacer::level level) {
  switch (level) {
    case presence_pacer::level::normal:
      return "changes are told within their window";
    case presence_pacer::level::longer_windows:
      return "more changes than the budget gives: windows grow";
    case presence_pacer::level::on_demand:
      return "too much changes, or the host is busy: presence is told to who asks, until it is quieter";
  }
  return {};
}

}  // namespace

presence_actor::presence_actor(caf::actor_config& config, const host_services& host)
    : measured_actor(config, host.metrics, actor_kind::presence),
      host_(host),
      pacer_(limits_of(host.config.presence)),
      announcer_(*this, host, true, asking()) {}

caf::behavior presence_actor::make_behavior() {
  stop_host_on_exception(*this);
  announcer_.begin();
  return {
      [this](const presence_news& news) { hear(news); },
      [this](const presence_interest& wanted) {
        follow(pacer_.watch(wanted.connection, presence_pacer::list::asked_for, wanted.users, now()));
      },
      [this](const presence_opened& session) { opened(session); },
      [this](const presence_closed& session) { closed(session.connection); },
      [this](const friends_known& what) { befriended(what); },
      [this](const events_missed& what) { recover(announcer_.slots_of(what)); },
      [this](const notification& what) { hear_of_old(what); },
      [](run_later& job) { job.work(); },
  };
}

// ---- who watches whom -------------------------------------------------------------------------

void presence_actor::opened(const presence_opened& session) {
  if (!owners_.emplace(session.connection, session.user).second)
    return;
  connections_[session.user].push_back(session.connection);
  if (!session.friends.empty())
    follow(pacer_.watch(session.connection, presence_pacer::list::friends, session.friends, now()));
}

void presence_actor::closed(edge::connection_id who) {
  if (auto owner = owners_.find(who); owner != owners_.end()) {
    auto others = connections_.find(owner->second);
    std::erase(others->second, who);
    if (others->second.empty())
      connections_.erase(others);
    owners_.erase(owner);
  }
  follow(pacer_.forget(who));
}

void presence_actor::befriended(const friends_known& what) {
  auto found = connections_.find(what.user);
  if (found == connections_.end())
    return;
  for (edge::connection_id who : found->second)
    follow(pacer_.watch(who, presence_pacer::list::friends, what.friends, now()));
}

void presence_actor::follow(const presence_pacer::difference& change) {
  for (const entity_id& user : change.begun)
    announcer_.want(user, std::nullopt, 0);
  for (const entity_id& user : change.ended)
    announcer_.withdraw(user);
  if (!change.begun.empty() || !change.ended.empty())
    announcer_.flush();
  go_again(now(), false);
}

// ---- what is heard ----------------------------------------------------------------------------

void presence_actor::hear(const presence_news& news) {
  const tick_time at = now();
  for (const entity_id& user : news.active)
    pacer_.heard(user, wire::PRESENCE_ACTIVE, at);
  for (const entity_id& user : news.away)
    pacer_.heard(user, wire::PRESENCE_AWAY, at);
  go_again(at, false);
}

// A host of an earlier version tells everyone, in the words that clients get.
void presence_actor::hear_of_old(const notification& what) {
  if (what.to != notification::audience::presence)
    return;
  const std::string user = what.id.text();
  for (bool active : {false, true})
    if (what.json == slack::presence_event(user, active))
      hear(active ? presence_news{{what.id}, {}} : presence_news{{}, {what.id}});
}

// ---- what is told -----------------------------------------------------------------------------

void presence_actor::go() {
  const tick_time at = now();
  const auto receipts = receipts_->take();
  for (const auto& each : receipts)
    pacer_.written(each.who, each.arrived, at);
  under_way_ -= std::min(under_way_, receipts.size());
  const bool busy = host_.door && host_.door->shuts_out_writes(at);
  const auto events = pacer_.work(at, portion, busy);
  for (const auto& event : events)
    say(event);
  under_way_ += events.size();
  measure(at);
  go_again(at, !receipts.empty() || !events.empty());
}

void presence_actor::say(const presence_pacer::event& event) {
  host_.outbox->send(event.to,
                     edge::make_text_frame(slack::presence_event(event.users, event.active),
                                           receipts_->make(event.to)),
                     edge::send_class::transient);
}

void presence_actor::go_again(tick_time at, bool moved) {
  if (auto next = pacer_.next_work(at)) {
    if (*next <= at && !goes_again_) {
      goes_again_ = true;  // behind what the mailbox holds by now
      send(this, run_later{[this] {
             goes_again_ = false;
             go();
           }});
    } else if (*next > at) {
      wake_at(std::max(*next, at + turn_interval), at);
    }
  }
  if (under_way_ > 0)
    wake_at(at + (moved ? receipts_soon : receipts_later), at);
}

// One timer runs, or two when something comes up before it.
void presence_actor::wake_at(tick_time when, tick_time at) {
  if (wakes_at_ && *wakes_at_ <= when)
    return;
  wakes_at_ = when;
  delayed_send(this, std::chrono::ceil<std::chrono::milliseconds>(when - at),
               run_later{[this, when] {
                 if (wakes_at_ == when)
                   wakes_at_.reset();
                 go();
               }});
}

void presence_actor::measure(tick_time at) {
  host_metrics& to = *host_.metrics;
  const presence_pacer::counts& counted = pacer_.counted();
  to.presence_events.add(counted.events - measured_.events);
  to.presence_told.add(counted.told - measured_.told);
  to.presence_changes.add(counted.changes - measured_.changes);
  to.presence_delayed.add(counted.delayed - measured_.delayed);
  to.presence_dropped.add(counted.made_up - measured_.made_up);
  measured_ = counted;
  to.presence_users.set(pacer_.users());
  to.presence_subscriptions.set(pacer_.subscriptions());
  to.presence_waiting.set(pacer_.waiting());
  to.presence_lateness_ms.set(static_cast<std::uint64_t>(pacer_.lateness(at).count()));
  to.presence_level.set(static_cast<std::uint64_t>(pacer_.now_at()));
  // Longer windows come and go with each burst; an operator wants to know when nothing is told.
  const bool on_demand = pacer_.now_at() == presence_pacer::level::on_demand;
  if (on_demand != (told_level_ == presence_pacer::level::on_demand)) {
    told_level_ = pacer_.now_at();
    log_info("presence", "{}", to_string(told_level_));
  }
}

caf::actor spawn_presence(caf::actor_system& system, const host_services& host) {
  return system.spawn<presence_actor>(std::ref(host));
}

}  // namespace carillon
