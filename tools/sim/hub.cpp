#include "tools/sim/hub.hpp"

#include <algorithm>

#include "tools/sim/host.hpp"

namespace carillon::sim {
namespace {

// As in actors/hub/hub_asking.cpp.
constexpr sim_time unreadable_retry = 5 * second;
constexpr sim_time watch_interval = 50 * millisecond;
constexpr sim_time audit_interval = 1 * second;
constexpr std::uint32_t audit_turns = 60;

}  // namespace

hub::hub(host& of) : host_(of), core_(*this) {}

connection_id hub::open(const entity_id& user, const entity_id& team,
                        const std::vector<entity_id>& channels, session_listener& listener,
                        std::uint64_t number) {
  const connection_id who = expect(user, team, listener, number);
  std::vector<subscription_table::opening> memberships;
  for (const entity_id& channel : channels)
    memberships.push_back(subscription_table::membership{channel, 0});
  open(who, user, team, memberships);
  return who;
}

connection_id hub::expect(const entity_id& user, const entity_id& team, session_listener& listener,
                          std::uint64_t number, bool resumes) {
  const connection_id who = ++last_;
  sessions_[who] = {&listener, number};
  core_.expect(who, user, team, resumes);
  return who;
}

void hub::open(connection_id who, const entity_id& user, const entity_id& team,
               const std::vector<subscription_table::opening>& channels) {
  core_.open(who, user, team, channels);
  flush_wants();
}

void hub::start(connection_id who, const subscription_table::opening& what, std::uint64_t told) {
  core_.start(who, what, told);
  flush_wants();
}

void hub::member_news(const entity_id& user, const entity_id& channel, bool member,
                      std::uint64_t seq) {
  if (member)
    core_.joined(user, channel, seq);
  else
    core_.left(user, channel, seq);
  flush_wants();
}

void hub::close(connection_id who) {
  sessions_.erase(who);
  core_.close(who);
  flush_wants();
}

void hub::close_all() {
  for (auto& [who, open] : std::exchange(sessions_, {}))
    open.listener->gone(open.number);
}

void hub::delivered(const wire::event_batches& batches) {
  for (const auto& batch : batches.batches())
    core_.delivered(batch, 0);
  flush_wants();
}

void hub::start() {
  watch_leaders();
  audit();
}

void hub::recover(const std::vector<slot_id>& slots) {
  auto concerned = [&](const entity_id& id) {
    return std::find(slots.begin(), slots.end(), host_.tables().slot_of(id)) != slots.end();
  };
  for (slot_id slot : slots)
    lanes_.leader_changed(slot);
  for (const entity_id& channel : core_.channels_where(concerned)) {
    host_.count().gaps += 1;
    core_.ask_again(channel);
  }
  flush_wants();
}

void hub::watch_leaders() {
  if (auto changed = watch_.look(host_.where()); !changed.empty())
    recover(changed);
  host_.later(watch_interval, [this] { watch_leaders(); });
}

void hub::audit() {
  audit_turn_ = (audit_turn_ + 1) % audit_turns;
  auto concerned = [this](const entity_id& id) {
    return id.number % audit_turns == audit_turn_ &&
           !host_.where().is_here(host_.tables().slot_of(id));
  };
  for (const entity_id& channel : core_.channels_where(concerned))
    if (core_.is_settled(channel))
      core_.ask_again(channel);
  flush_wants();
  host_.later(audit_interval, [this] { audit(); });
}

// ---- subscription_sink --------------------------------------------------------------------------

void hub::subscribe(connection_id who, topic_id topic) {
  auto& all = topics_[topic];
  if (std::find(all.begin(), all.end(), who) == all.end())
    all.push_back(who);
}

void hub::unsubscribe(connection_id who, topic_id topic) {
  std::erase(topics_[topic], who);
}

void hub::publish(topic_id topic, const entity_id& channel, const wire::channel_event& event,
                  connection_id except) {
  for (connection_id who : topics_[topic])
    if (who != except)
      send_event(who, channel, event);
}

void hub::send_event(connection_id to, const entity_id& channel, const wire::channel_event& event) {
  auto found = sessions_.find(to);
  if (found == sessions_.end())
    return;
  host_.count().deliveries += 1;
  found->second.listener->event(found->second.number, channel, event);
}

void hub::want(const entity_id& channel, std::optional<std::uint64_t> after,
               std::uint64_t serial) {
  lanes_.want(host_.tables().slot_of(channel), channel.text(), after, serial);
}

void hub::withdraw(const entity_id& channel) {
  lanes_.withdraw(host_.tables().slot_of(channel), channel.text());
}

void hub::session_ready(connection_id who) {
  if (auto found = sessions_.find(who); found != sessions_.end())
    found->second.listener->ready(found->second.number);
}

// As a message: never from within what the hub is told.
void hub::ask_start(connection_id who, const entity_id& channel, std::uint64_t told) {
  host_.later(0, [this, who, channel, told] {
    if (auto found = sessions_.find(who); found != sessions_.end())
      found->second.listener->start_wanted(found->second.number, channel, told);
  });
}

// ---- to slots -----------------------------------------------------------------------------------

void hub::flush_wants() {
  for (slot_id slot : lanes_.due())
    announce(slot);
}

void hub::announce(slot_id slot) {
  ask_knowledge known = host_.knows_of(slot);
  known.cut_off = false;
  const auto step = lanes_.next(slot, known, host_.steady_now(), host_.chance().next());
  if (step.how.what == ask_step::kind::wait)
    return host_.later(static_cast<sim_time>(step.how.time.count()) * millisecond, [this, slot] {
      lanes_.waited(slot);
      flush_wants();
    });
  host_.announce(step.how.to, slot, *step.envelope, step.how.time,
                 [this, slot, number = step.number](result<wire::interest_answer> answer) {
                   if (answer)
                     return take(slot, number, *answer);
                   if (answer.code() == errc::timed_out)
                     lanes_.unanswered(slot, number);
                   else
                     lanes_.refused(slot, number);
                   flush_wants();
                 });
}

void hub::take(slot_id slot, std::uint64_t number, const wire::interest_answer& answer) {
  if (lanes_.answered(slot, number))
    for (const auto& item : answer.items()) {
      const entity_id channel = *entity_id::parse(item.channel_id());
      if (item.unreadable()) {
        if (core_.unreadable(channel, item.serial()))
          host_.later(unreadable_retry, [this, channel] {
            core_.ask_again(channel);
            flush_wants();
          });
        continue;
      }
      const auto& events = item.replay().events();
      core_.confirmed(channel, item.serial(), item.last_seq(), {events.begin(), events.end()});
    }
  flush_wants();
}

}  // namespace carillon::sim
