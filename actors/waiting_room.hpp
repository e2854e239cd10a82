// Where calls wait that the door has let in (admission.hpp) while the host has more to do than it can:
// in front of the api actors, one of each caller in turn, so that who floods waits behind itself and not
// in front of others. In a quiet host nobody waits here. How many are worked on at the same time is
// the door's window; but each caller may always have `always` at work, so that many who want little do not
// wait behind few who want much, and never get less than they would without this. What waits here counts
// as in progress, so edge.calls_max bounds it, and of what is left of that one caller may take an eighth.
// Callers are dealt to 16,384 cells; who shares one with a flood waits with it.
//
// Who arrives (signs in, asks for a WebSocket) waits in a line of its own, for arrival_gate.hpp. And what
// is to be done for a connection that ended is done a little at a time where many end together: their
// sessions' farewells would stand in the workers' queue before everything that others want. So are
// refusals where many are turned away: who asks again at once, whatever it was told, has one answer outstanding
// per connection, and so costs the I/O thread that answers others no more than the pace of these.
//
// Thread-safe: I/O threads come(), whoever ends a call lets others go on, some clock ticks.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/admission.hpp"
#include "actors/arrival_gate.hpp"
#include "actors/fair_line.hpp"
#include "actors/tick_line.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon {

class waiting_room : public std::enable_shared_from_this<waiting_room> {
public:
  using calls = std::vector<edge::asked_request>;
  // What one caller has at work and never waits: half of it is what a client that waits for its answers has.
  static constexpr std::uint32_t always = 4;
  // Of each tick that is prompt: a farewell is some 100 us of work, here and at the user's slot, so these take
  // an eighth of a core. Where more leave than 1,200 in a second, the last of them are said goodbye after so
  // many ticks or somewhat more, 5 s of prompt ones: presence waits for its grace anyway.
  static constexpr std::size_t farewells_per_tick = 6;
  static constexpr std::size_t farewell_ticks = 1'000;
  // A refusal is the reading of a call and the writing of an answer, 20 to 25 us: 2,000 in a second are told
  // at once, and take 5 % of a core. More than that wait, for so many ticks: 2 s, about what they are told to
  // stay away.
  static constexpr std::size_t refusals_per_tick = 10;
  static constexpr std::size_t refusal_ticks = 400;
  struct turned_away_call {
    edge::asked_request call;
    refused_entry why;
  };
  struct ways {
    // Works on these, who waited; any thread, never with a lock held.
    std::function<void(calls)> work;
    // Whose call this is; nullopt: an operator's, who waits for nobody. Asked only when calls wait.
    std::function<std::optional<std::uint64_t>(const edge::http_request&)> whose;
    // tick(now + arrival_gate::tick) is wanted at that time. Any thread.
    std::function<void()> wake_later;
  };

  // `door` outlives it. Made as a shared_ptr: what ends later may find it gone.
  static std::shared_ptr<waiting_room> make(admission& door, std::uint32_t arrivals_per_second, ways how);

  // Must a call that is let in now be asked about here? Otherwise it is worked on at once.
  bool is_busy(tick_time now) const { return waiting() != 0 || door_.at_work() > door_.window(now); }
  // A call that the door has let in: it waits here, or goes to `begin`, perhaps with others whose turn it is.
  // Whom this gives back finds no place; it is in no call any more. So one call after the other is let in
  // and brought here: those that find no place take none from who comes after them.
  std::optional<turned_away_call> come(edge::asked_request one, calls& begin, tick_time now,
                                       std::uint64_t chance);
  // A client that arrives.
  std::optional<turned_away_call> arrive(edge::asked_request one, tick_time now, std::uint64_t chance);
  // A connection is gone: `farewell` is done soon, in the order of the calls.
  void leave(std::function<void()> farewell);
  // Somebody was turned away: `tell` is done at once, or in its turn.
  void refuse(std::function<void()> tell);
  // All of both that are to be done, now.
  void leave_all();
  // Some call ended.
  void go_on();
  // The clock's tick that was due at `due`. true: another one is wanted.
  bool tick(tick_time due, tick_time now);

  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

private:
  waiting_room(admission& door, std::uint32_t arrivals_per_second, ways how)
      : door_(door), how_(std::move(how)), gate_(arrivals_per_second) {}
  class place;  // of one call that is worked on
  void seat(edge::asked_request& call, std::size_t cell);
  void ended(std::size_t cell);
  calls next();  // with lock_ held
  void let_in(calls& to, tick_time now);  // with lock_ held
  void soon(tick_line& line, std::function<void()> what);

  admission& door_;
  const ways how_;
  std::mutex lock_;
  static constexpr unsigned cell_bits = 14;
  std::array<std::atomic<std::uint32_t>, 1u << cell_bits> at_work_{};  // by cell, of those who came while calls waited
  fair_line<edge::asked_request> line_;  // by cell
  std::atomic<std::size_t> waiting_{0};  // line_.size()
  arrival_gate gate_;
  std::deque<edge::asked_request> arrivals_;
  tick_line farewells_{farewells_per_tick, farewell_ticks};
  tick_line refusals_{refusals_per_tick, refusal_ticks};
  bool ticks_ = false;  // a tick is under way
};

}  // namespace carillon
