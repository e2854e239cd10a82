#include "actors/waiting_room.hpp"

#include <utility>

namespace carillon {
namespace {

// Places that are left empty until they are given away together, of the window: a call handed on alone
// costs as much as many.
constexpr std::size_t together_part = 16;

}  // namespace

// Ends with the last copy of the call's answer, as the call does.
class waiting_room::place {
public:
  place(std::weak_ptr<waiting_room> room, std::size_t cell) : room_(std::move(room)), cell_(cell) {}
  ~place() {
    if (auto still = room_.lock())
      still->ended(cell_);
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

private:
  std::weak_ptr<waiting_room> room_;
  std::size_t cell_;
};

std::shared_ptr<waiting_room> waiting_room::make(admission& door, std::uint32_t arrivals_per_second,
                                                 ways how) {
  std::shared_ptr<waiting_room> out(new waiting_room(door, arrivals_per_second, std::move(how)));
  door.when_room([room = std::weak_ptr(out)] {
    if (auto still = room.lock())
      still->go_on();
  });
  return out;
}

std::optional<waiting_room::turned_away_call> waiting_room::come(edge::asked_request one, calls& begin,
                                                                 tick_time now, std::uint64_t chance) {
  const auto whose = how_.whose(one.request);
  if (!whose) {
    begin.push_back(std::move(one));
    return std::nullopt;
  }
  // As in admission::charge.
  const std::size_t cell = (*whose * 0x9e3779b97f4a7c15u) >> (64 - cell_bits);
  std::unique_lock lock(lock_);
  const std::size_t waits = line_.of(cell);
  if (waits == 0 && at_work_[cell].load() < always) {
    seat(one, cell);
    begin.push_back(std::move(one));
    return std::nullopt;
  }
  if (waits >= door_.may_wait()) {
    lock.unlock();  // the end of a call may be somebody's turn
    return turned_away_call{std::move(one),
                            door_.send_away(door_reason::share, come_again_after(chance), now)};
  }
  line_.push(cell, std::move(one));
  door_.set_aside(1);
  for (edge::asked_request& each : next())
    begin.push_back(std::move(each));
  return std::nullopt;
}

void waiting_room::seat(edge::asked_request& call, std::size_t cell) {
  at_work_[cell].fetch_add(1);
  call.answer = [answer = std::move(call.answer), place = std::make_shared<place>(weak_from_this(), cell)](
                    edge::http_response response) { answer(std::move(response)); };
}

// One of its calls may go on now, whatever others have at work.
void waiting_room::ended(std::size_t cell) {
  if (at_work_[cell].fetch_sub(1) > always || waiting() == 0)
    return;
  calls one;
  {
    std::lock_guard lock(lock_);
    if (line_.of(cell) == 0 || at_work_[cell].load() >= always)
      return;
    one.push_back(line_.pop_of(cell));
    seat(one.back(), cell);
    door_.take_up(1);
    waiting_.store(line_.size(), std::memory_order_relaxed);
  }
  how_.work(std::move(one));
}

void waiting_room::go_on() {
  calls some;
  {
    std::lock_guard lock(lock_);
    some = next();
  }
  if (!some.empty())
    how_.work(std::move(some));
}

// Whose turn it is, as many as there is room for; asks to be told when there is room for more.
waiting_room::calls waiting_room::next() {
  calls out;
  std::uint64_t cell = 0;
  door_.wake_below(0);
  while (!line_.empty()) {
    const std::size_t window = door_.window(steady_now());
    if (door_.at_work() < window) {
      out.push_back(line_.pop(cell));
      seat(out.back(), cell);
      door_.take_up(1);
      continue;
    }
    const std::size_t below = window - window / together_part;
    door_.wake_below(below);
    if (door_.at_work() >= below)
      break;
    door_.wake_below(0);  // they ended just now, and perhaps told nobody
  }
  waiting_.store(line_.size(), std::memory_order_relaxed);
  return out;
}

// -- arrivals -----------------------------------------------------------------------------------

std::optional<waiting_room::turned_away_call> waiting_room::arrive(edge::asked_request one, tick_time now,
                                                                   std::uint64_t chance) {
  calls in;
  bool wake = false;
  {
    std::unique_lock lock(lock_);
    if (const auto turn = gate_.come(arrivals_.size(), now, chance)) {
      lock.unlock();
      return turned_away_call{std::move(one), door_.send_away(door_reason::arrivals, *turn, now)};
    }
    arrivals_.push_back(std::move(one));
    door_.set_aside(1);
    if (!ticks_) {
      let_in(in, now);
      ticks_ = wake = !arrivals_.empty();
    }
  }
  if (!in.empty())
    how_.work(std::move(in));
  if (wake)
    how_.wake_later();
  return std::nullopt;
}

void waiting_room::let_in(calls& to, tick_time now) {
  const std::size_t some = gate_.let_in(arrivals_.size(), now);
  for (std::size_t i = 0; i < some; ++i) {
    to.push_back(std::move(arrivals_.front()));
    arrivals_.pop_front();
  }
  door_.take_up(some);
}

void waiting_room::leave(std::function<void()> farewell) {
  soon(farewells_, std::move(farewell));
}

void waiting_room::refuse(std::function<void()> tell) {
  soon(refusals_, std::move(tell));
}

void waiting_room::soon(tick_line& line, std::function<void()> what) {
  bool now = false, wake = false;
  {
    std::lock_guard lock(lock_);
    now = line.may_go(what);
    wake = !std::exchange(ticks_, true);
  }
  if (wake)
    how_.wake_later();
  if (now)
    what();
}

void waiting_room::leave_all() {
  std::deque<std::function<void()>> farewells, refusals;
  {
    std::lock_guard lock(lock_);
    farewells = farewells_.take_all();
    refusals = refusals_.take_all();
  }
  for (const auto& each : farewells)
    each();
  for (const auto& each : refusals)
    each();
}

bool waiting_room::tick(tick_time due, tick_time now) {
  calls in;
  std::vector<std::function<void()>> small;
  bool more = false;
  {
    std::lock_guard lock(lock_);
    gate_.ticked(now - due, door_.posts(now), now);
    let_in(in, now);
    // One more tick after the last of each: they count what was done between two.
    const bool left = farewells_.tick(small, now - due > arrival_gate::target);
    const bool refused = refusals_.tick(small);
    ticks_ = more = !arrivals_.empty() || left || refused;
    const auto slowed = gate_.slowed();
    door_.told({.waiting = arrivals_.size(),
                .per_second = gate_.per_second(),
                .slowed_ticks = slowed.ticks,
                .slowed_posts = slowed.posts});
  }
  if (!in.empty())
    how_.work(std::move(in));
  for (const auto& each : small)
    each();
  return more;
}

}  // namespace carillon
