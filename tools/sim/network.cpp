#include "tools/sim/network.hpp"

#include <algorithm>

namespace carillon::sim {
namespace {

constexpr sim_time wire_time = 150;            // microseconds, and up to three times more
constexpr sim_time resend_time = 200 * millisecond;
constexpr sim_time dial_patience = 1 * second;

}  // namespace

void network::add(network_user& machine) {
  machines_.push_back(&machine);
  cuts_.assign(machines_.size(), std::vector<std::uint32_t>(machines_.size(), 0));
}

sim_time network::draw_delay() {
  return wire_time + chance_.below(3 * wire_time) + static_cast<sim_time>(slow_) * millisecond;
}

bool network::is_alive(const side& at) const {
  return at.open && machines_[at.machine]->is_up() && machines_[at.machine]->life() == at.life;
}

void network::dial(machine_number from, machine_number to) {
  const std::uint64_t life = machines_[from]->life();
  const sim_time there_and_back = 2 * draw_delay();
  auto fail_after = [&](sim_time wait) {
    time_.after(wait, [this, from, to, life] {
      if (machines_[from]->is_up() && machines_[from]->life() == life)
        machines_[from]->dial_failed(to);
    });
  };
  if (!passes(from, to) || !passes(to, from))
    return fail_after(dial_patience);
  time_.after(there_and_back, [this, from, to, life] {
    if (!machines_[from]->is_up() || machines_[from]->life() != life)
      return;
    if (!machines_[to]->is_up() || !passes(from, to) || !passes(to, from))
      return machines_[from]->dial_failed(to);
    const wire_id wire = ++last_;
    ++count_.connections;
    connections_[wire] = {{{from, life, true, 0, {}, false},
                           {to, machines_[to]->life(), true, 0, {}, false}}};
    machines_[to]->connected(wire, from, false);
    machines_[from]->connected(wire, to, true);
  });
}

void network::send(machine_number from, wire_id wire, std::string frame) {
  auto found = connections_.find(wire);
  if (found == connections_.end())
    return;
  connection& of = found->second;
  const int to = of.sides[0].machine == from ? 1 : 0;
  ++count_.frames;
  if (!passes(from, of.sides[to].machine) || !of.sides[to].stalled.empty()) {
    ++count_.stalled;
    of.sides[to].stalled.push_back(std::move(frame));
    return;
  }
  // Whoever was there is gone without a word, and its successor knows nothing of this connection.
  if (!is_alive(of.sides[to])) {
    if (machines_[of.sides[to].machine]->is_up())
      tell_closed(wire, 1 - to);
    return;
  }
  sim_time extra = 0;
  while (flaky_ > 0 && chance_.below(1'000) < static_cast<std::uint64_t>(flaky_) &&
         extra < 2 * second) {
    ++count_.resent;
    extra = 2 * extra + resend_time;
  }
  deliver(wire, to, std::move(frame), extra);
}

void network::deliver(wire_id wire, int to, std::string frame, sim_time extra) {
  side& at = connections_.at(wire).sides[to];
  at.last_arrival = std::max(at.last_arrival, time_.now() + draw_delay() + extra);
  time_.at(at.last_arrival, [this, wire, to, frame = std::move(frame)]() mutable {
    auto found = connections_.find(wire);
    if (found != connections_.end() && is_alive(found->second.sides[to]))
      machines_[found->second.sides[to].machine]->frame_arrived(wire, std::move(frame));
  });
}

void network::close(machine_number from, wire_id wire) {
  auto found = connections_.find(wire);
  if (found == connections_.end())
    return;
  connection& of = found->second;
  const int to = of.sides[0].machine == from ? 1 : 0;
  if (!of.sides[1 - to].open)
    return;
  of.sides[1 - to].open = false;
  if (passes(from, of.sides[to].machine) && of.sides[to].stalled.empty())
    tell_closed(wire, to);
  else
    of.sides[to].closing_stalled = true;
}

void network::tell_closed(wire_id wire, int to) {
  side& at = connections_.at(wire).sides[to];
  at.last_arrival = std::max(at.last_arrival, time_.now() + draw_delay());
  time_.at(at.last_arrival, [this, wire, to] {
    auto found = connections_.find(wire);
    if (found == connections_.end() || !is_alive(found->second.sides[to]))
      return;
    ++count_.broken;
    found->second.sides[to].open = false;
    found->second.sides[1 - to].open = false;
    const machine_number machine = found->second.sides[to].machine;
    machines_[machine]->closed(wire);
  });
}

void network::process_gone(machine_number machine, bool silently) {
  std::vector<wire_id> wires;
  for (auto& [wire, of] : connections_)
    for (const side& at : of.sides)
      if (at.machine == machine && at.open)
        wires.push_back(wire);
  std::sort(wires.begin(), wires.end());  // the table's order is nobody's business
  for (wire_id wire : wires) {
    if (silently) {
      connection& of = connections_.at(wire);
      of.sides[of.sides[0].machine == machine ? 0 : 1].open = false;
    } else {
      close(machine, wire);
    }
  }
}

void network::cut(machine_number from, machine_number to) {
  ++cuts_[from][to];
}

void network::mend(machine_number from, machine_number to) {
  if (--cuts_[from][to] > 0)
    return;
  std::vector<wire_id> wires;
  for (auto& [wire, of] : connections_)
    for (const side& at : of.sides)
      if (at.machine == to && (!at.stalled.empty() || at.closing_stalled))
        wires.push_back(wire);
  std::sort(wires.begin(), wires.end());
  for (wire_id wire : wires) {
    connection& of = connections_.at(wire);
    const int side_to = of.sides[0].machine == to ? 0 : 1;
    if (of.sides[1 - side_to].machine == from)
      unstall(wire, of, side_to);
  }
}

void network::unstall(wire_id wire, connection& of, int to) {
  for (std::string& frame : std::exchange(of.sides[to].stalled, {}))
    deliver(wire, to, std::move(frame), 0);
  if (std::exchange(of.sides[to].closing_stalled, false))
    tell_closed(wire, to);
}

}  // namespace carillon::sim
