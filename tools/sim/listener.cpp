#include "tools/sim/clients.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint32_t silence_max = 3;  // seconds until a client takes its host for gone

}  // namespace

listener::listener(world& in, const site& where, std::size_t number, std::uint64_t seed)
    : world_(in), site_(where), number_(number), chance_(seed) {}

void listener::connect_soon() {
  world_.time.after((20 + chance_.below(800)) * millisecond, [this] { connect(); });
}

void listener::connect() {
  at_ = static_cast<machine_number>(chance_.below(world_.machines.size()));
  machine& there = *world_.machines[at_];
  if (!there.answers())
    return connect_soon();
  ++connections_;
  world_.count.reconnects += 1;
  life_ = there.life();
  connected_ = true;
  greeted_ = false;
  silent_ = 0;
  places_.clear();
  leaves_at_ = world_.time.now() + (5 + chance_.below(40)) * second;
  who_ = there.process()->hub().open(site_.users[number_ % site_.users.size()], site_.team,
                                     site_.channels, *this, connections_);
  watch(connections_);
}

// Once a second: does the host answer, and is it time to go?
void listener::watch(std::uint64_t connection) {
  world_.time.after(second, [this, connection] {
    if (!is_current(connection))
      return;
    const machine& there = *world_.machines[at_];
    silent_ = there.answers() ? 0 : silent_ + 1;
    if (silent_ >= silence_max || (!finishing_ && world_.time.now() > leaves_at_))
      return disconnect();
    watch(connection);
  });
}

void listener::disconnect() {
  if (!std::exchange(connected_, false))
    return;
  machine& there = *world_.machines[at_];
  there.run([&there, life = life_, who = who_] {
    if (there.life() == life)
      there.process()->hub().close(who);
  });
  connect_soon();
}

void listener::gone(std::uint64_t connection) {
  if (!is_current(connection))
    return;
  connected_ = false;
  connect_soon();
}

void listener::ready(std::uint64_t connection) {
  if (!is_current(connection))
    return;
  greeted_ = true;
  for (const entity_id& channel : site_.channels)
    read(channel, connections_);
}

// What a client does after its greeting: history up to now, and live events from there on.
void listener::read(const entity_id& channel, std::uint64_t connection) {
  wire::channel_request request;
  request.set_channel_id(channel.text());
  request.mutable_by()->set_team_id(site_.team.text());
  request.mutable_by()->set_user_id(site_.users.front().text());
  request.mutable_history()->set_limit(10);
  const std::uint64_t at_least = world_.truth.acknowledged_seq(channel);
  machine& there = *world_.machines[at_];
  // Not from within the hub.
  world_.time.after(world_.wires.draw_delay(), [this, request = std::move(request), channel,
                                                connection, at_least, &there]() mutable {
    if (!is_current(connection))
      return;
    if (!there.answers())
      return world_.time.after(300 * millisecond,
                               [this, channel, connection] { read_again(channel, connection); });
    there.process()->call(std::move(request), 6 * second, [this, channel, connection,
                                                at_least](wire::channel_reply reply) {
      if (!is_current(connection))
        return;
      if (reply.errc() != 0 || reply.ByteSizeLong() == 0) {
        return world_.time.after(300 * millisecond,
                                 [this, channel, connection] { read_again(channel, connection); });
      }
      world_.count.reads += 1;
      world_.truth.read(channel, reply.messages(), reply.last_seq(), at_least, !reply.has_more());
      place& at = places_[channel];
      at.read_to = reply.last_seq();
      check_seam(channel, at);
    });
  });
}

void listener::read_again(const entity_id& channel, std::uint64_t connection) {
  if (is_current(connection))
    read(channel, connection);
}

void listener::check_seam(const entity_id& channel, const place& at) {
  if (at.first && at.read_to && *at.first > *at.read_to + 1)
    world_.truth.missed(channel, *at.read_to, *at.first);
}

void listener::event(std::uint64_t connection, const entity_id& channel,
                     const wire::channel_event& event) {
  if (!is_current(connection))
    return;
  world_.note("event", number_, channel.number, event.seq(), event.ts());
  place& at = places_[channel];
  world_.truth.delivered(channel, event, at.last);
  at.last = event.seq();
  if (!at.first) {
    at.first = event.seq();
    check_seam(channel, at);
  }
}

bool listener::is_even() const {
  if (!connected_ || !greeted_)
    return false;
  for (const entity_id& channel : site_.channels) {
    const std::uint64_t end = world_.truth.last_seq(channel);
    auto found = places_.find(channel);
    if (found == places_.end() || !found->second.read_to ||
        std::max(found->second.last.value_or(0), *found->second.read_to) < end)
      return false;
  }
  return true;
}

std::string listener::describe() const {
  std::string text = !connected_ ? "not connected" : greeted_ ? "greeted" : "not greeted";
  text.append(" at host ").append(std::to_string(at_));
  for (const entity_id& channel : site_.channels) {
    auto found = places_.find(channel);
    text.append(", ").append(channel.text()).append(" at ");
    text.append(found == places_.end() || !found->second.last ? std::string("none")
                                                               : std::to_string(*found->second.last));
    text.append("/").append(std::to_string(world_.truth.last_seq(channel)));
  }
  return text;
}

}  // namespace carillon::sim
