#include "actors/ask_plan.hpp"

#include <algorithm>

namespace carillon {
namespace {

// Of a pause, in milliseconds; the shortest is two fifths of it, by chance. A leadership that is handed
// over is away for a few milliseconds, one that was lost for many times that.
constexpr std::uint64_t first_pause_max = 5, pause_max = 50;
constexpr std::uint32_t pause_doublings_max = 4;
constexpr std::uint32_t hops_max = 2;      // two hosts that hint at each other do not spin
// A frozen host is found out by its silence, which ends the question; patience is for one that
// hears and does not answer. Twice as long each time, for work that takes so long.
constexpr std::chrono::milliseconds first_patience{2'000};
constexpr std::uint32_t doublings_max = 4;

std::chrono::milliseconds until(tick_time then, tick_time now) {
  return std::max(std::chrono::milliseconds(1),
                  std::chrono::ceil<std::chrono::milliseconds>(then - now));
}

}  // namespace

ask_step ask_plan::next(const ask_knowledge& known, tick_time now, std::uint64_t chance) {
  ask_step step;
  if (known.cut_off) {
    step.why = errc::cut_off;
    return step;
  }
  if (now >= give_up_)
    return step;
  auto wait = [&] {
    step.what = ask_step::kind::wait;
    const std::uint64_t longest = std::min(first_pause_max << waits_, pause_max);
    const std::uint64_t shortest = longest * 2 / 5;
    waits_ = std::min(waits_ + 1, pause_doublings_max);
    step.time = std::min(until(give_up_, now),
                         std::chrono::milliseconds(shortest + chance % (longest - shortest + 1)));
    waited_ = true;
    hops_ = 0;
    return step;
  };
  const bool hinted = !in_doubt(known.leader);
  if (refused_by_ != 0 && !waited_) {
    if (!hinted || hops_ == hops_max)
      return wait();
    ++hops_;
  }
  const raft::member_id to = hinted ? known.leader : next_replica(known);
  if (to == 0)
    return wait();
  waited_ = false;
  ++asked_;
  asked_last_ = to;
  step.what = ask_step::kind::ask;
  step.to = to;
  step.time = std::min(until(give_up_, now), first_patience * (1u << unanswered_));
  return step;
}

void ask_plan::refused() {
  refused_by_ = asked_last_;
}

void ask_plan::unanswered() {
  refused_by_ = asked_last_;
  unanswered_ = std::min(unanswered_ + 1, doublings_max);
}

// Each in turn: the replica here first, which knows best and costs nothing, then those of the view.
// Who has just refused is passed over while there are others.
raft::member_id ask_plan::next_replica(const ask_knowledge& known) {
  std::vector<raft::member_id> places;
  auto add = [&places](raft::member_id member) {
    if (member != 0 && std::find(places.begin(), places.end(), member) == places.end())
      places.push_back(member);
  };
  if (known.replica_here)
    add(known.self);
  for (raft::member_id replica : known.replicas)
    if (replica != known.self)
      add(replica);
  add(known.leader);
  if (places.empty())
    return 0;
  raft::member_id next = places[turn_++ % places.size()];
  if (next == refused_by_ && places.size() > 1)
    next = places[turn_++ % places.size()];
  return next;
}

}  // namespace carillon
