#include "tools/sim/operators.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/ring/moves.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint32_t attempts_max = 60;
constexpr sim_time restart_after = 4 * second;

wire::ring_command command_of(const world& in, const fault& what) {
  wire::ring_command out;
  const std::string host = fmt::format("{:x}", in.machines[what.host]->store_id());
  auto intend = [&](wire::host_intent intent) {
    out.mutable_host()->set_host(host);
    out.mutable_host()->set_intent(intent);
  };
  switch (what.kind) {
    case fault_kind::drain: intend(wire::HOST_DRAINS); break;
    case fault_kind::serve: intend(wire::HOST_SERVES); break;
    case fault_kind::leave: intend(wire::HOST_LEAVES); break;
    case fault_kind::weigh:
      out.mutable_host()->set_host(host);
      out.mutable_host()->set_weight(static_cast<std::uint32_t>(what.amount));
      break;
    case fault_kind::pin:
    case fault_kind::unpin:
      out.mutable_pin()->set_slot(static_cast<std::uint32_t>(what.amount));
      out.mutable_pin()->set_host(what.kind == fault_kind::pin ? host : "");
      break;
    default: out.set_hold(what.kind == fault_kind::hold); break;
  }
  return out;
}

std::string about(const wire::ring_command& command) {
  return command.has_host()  ? "host " + command.host().host()
         : command.has_pin() ? "slot " + std::to_string(command.pin().slot())
                             : "moves";
}

}  // namespace

void operators::begin() {
  watch();
}

void operators::say(const fault& what) {
  word next;
  next.command = command_of(world_, what);
  next.about = about(next.command);
  next.at = what.other;
  open(std::move(next));
}

void operators::open(word next) {
  world_.count.moves.words_at_once += !open_.empty();
  for (auto& [number, other] : open_)
    if (other.about == next.about)
      other.contested = next.contested = true;
  const std::uint64_t number = ++last_;
  open_.emplace(number, std::move(next));
  attempt(number);
}

void operators::attempt(std::uint64_t number) {
  auto found = open_.find(number);
  if (found == open_.end())
    return;
  word& mine = found->second;
  machine* there = world_.machines[(mine.at + mine.attempts) % world_.machines.size()].get();
  if (++mine.attempts > attempts_max) {
    open_.erase(found);
    return;
  }
  if (!there->answers() || !there->is_needed())
    return again(number);
  // Whoever is asked may die before it answers.
  const std::uint32_t attempt_now = mine.attempts;
  world_.time.after(3 * second, [this, number, attempt_now] {
    if (auto still = open_.find(number); still != open_.end() && still->second.attempts == attempt_now)
      attempt(number);
  });
  there->process()->order(mine.command, [this, number, attempt_now](result<wire::ring_view> told) {
    auto still = open_.find(number);
    if (still != open_.end() && still->second.attempts == attempt_now)
      answered(number, told);
  });
}

void operators::again(std::uint64_t number) {
  world_.time.after(150 * millisecond, [this, number] { attempt(number); });
}

void operators::answered(std::uint64_t number, const result<wire::ring_view>& told) {
  if (!told && told.error().code != errc::invalid_arguments) {
    world_.time.after(150 * millisecond, [this, number, attempts = open_[number].attempts] {
      if (auto still = open_.find(number); still != open_.end() && still->second.attempts == attempts)
        attempt(number);
    });
    return;
  }
  const word mine = std::move(open_.extract(number).mapped());
  world_.note("word", number, told ? 1 : 0);
  ++(told ? world_.count.moves.words : world_.count.moves.words_refused);
  if (told && !mine.contested)
    world_.truth.obeyed(mine.command, *told);
}

// A host that is a member no more is stopped. Some are started again by mistake, and harm nobody.
void operators::watch() {
  stop_who_left();
  world_.time.after(second, [this] { watch(); });
}

void operators::stop_who_left() {
  const wire::ring_view& view = world_.newest_view();
  for (auto& each : world_.machines) {
    const bool member = std::any_of(view.members().begin(), view.members().end(), [&](const auto& m) {
      return m.store_id() == each->store_id();
    });
    if (member || !each->is_needed() || intent_of(view, each->store_id()) != wire::HOST_LEAVES)
      continue;
    world_.note("left", each->number());
    each->retire();
    each->kill(false);
    if (!finishing_ && each->number() % 2 == 0)
      world_.time.after(restart_after, [this, machine = each.get()] {
        if (!finishing_ && !machine->is_up())
          machine->start();
      });
  }
}

void operators::finish() {
  finishing_ = true;
  for (auto& each : world_.machines)
    if (!each->is_needed())
      each->kill(false);
  word last;
  last.command.set_hold(false);
  last.about = "moves";
  open(std::move(last));
}

}  // namespace carillon::sim
