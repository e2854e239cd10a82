// Which step followed from which: the trip of DESIGN section 9, read backwards.
#include <algorithm>

#include "actors/inspect/trip.hpp"

namespace carillon {
namespace {

using enum trace_step;

// Of those before place `end` the last that `fits`; where the clocks have it later, the first.
template <class Fits>
std::size_t last_before(const trip_steps& steps, std::size_t end, Fits fits) {
  for (std::size_t i = end; i > 0; --i)
    if (fits(steps[i - 1]))
      return i - 1;
  for (std::size_t i = end + 1; i < steps.size(); ++i)
    if (fits(steps[i]))
      return i;
  return no_step;
}

// The fsyncs that made it committed, by time, before place `end`: the leader's own, for it hands out
// only what its own disk has too (raft.hpp), and the first others of a majority.
std::vector<std::size_t> majority(const trip_steps& steps, std::size_t end, std::size_t leader,
                                  std::size_t replicas) {
  std::vector<std::size_t> out;
  std::size_t others = replicas / 2;
  for (std::size_t i = 0; i < end; ++i) {
    if (steps[i].what != fsynced)
      continue;
    if (steps[i].host == leader) {
      out.push_back(i);
    } else if (others > 0) {
      out.push_back(i);
      --others;
    }
  }
  return out;
}

class cause_finder {
public:
  cause_finder(const trip_steps& steps, std::size_t replicas)
      : steps_(steps), replicas_(replicas), proposal_(proposal_in(steps)) {
    if (proposal_ != no_step)
      commit_ = last_before(steps, steps.size(), [&](const trip_step& each) {
        return each.what == committed && each.host == steps_[proposal_].host;
      });
  }

  std::size_t of(std::size_t i) const {
    switch (steps_[i].what) {
      case received:
        return no_step;
      case asked:
        return here(i, {asked, received});
      case request_in:
        return elsewhere(i, asked);
      case arrived:
        return or_else(here(i, {request_in, asked}), elsewhere(i, asked));
      case admitted:
        return here(i, {arrived});
      case proposed:
        return here(i, {admitted, arrived});
      case entry_in:
        return elsewhere(i, proposed);
      case appended:
        return or_else(here(i, {entry_in}), elsewhere(i, proposed));
      case fsynced:
        return here(i, {appended, proposed});
      case committed:
        if (i != commit_)
          return or_else(commit_, here(i, {fsynced, appended}));
        if (const auto quorum = majority(steps_, i, steps_[i].host, replicas_); !quorum.empty())
          return quorum.back();
        return proposal_;
      case applied:
        return here(i, {committed});
      case answered:
        return commit_ < i ? commit_ : here(i, {asked});  // a refusal comes without
      case replied:
        return here(i, {answered, asked, received});
      case sent:
        return here(i, {committed});
      case event_in:
        return or_else(sent_to(i), elsewhere(i, sent));
      case at_hub:
        return or_else(or_else(here(i, {event_in}), sent_to(i)), or_else(here(i, {sent}), elsewhere(i, sent)));
      case published:
        return here(i, {at_hub});
      case written:
        return here(i, {published});
    }
    return no_step;
  }

private:
  static std::size_t or_else(std::size_t a, std::size_t b) { return a != no_step ? a : b; }

  // On the same host, the last of the first kind that there is before it.
  std::size_t here(std::size_t i, std::initializer_list<trace_step> kinds) const {
    for (const trace_step kind : kinds)
      for (std::size_t before = i; before > 0; --before)
        if (steps_[before - 1].what == kind && steps_[before - 1].host == steps_[i].host)
          return before - 1;
    return no_step;
  }
  std::size_t sent_to(std::size_t i) const {
    return last_before(steps_, i, [&](const trip_step& each) {
      return each.what == sent && each.to == steps_[i].host;
    });
  }
  std::size_t elsewhere(std::size_t i, trace_step kind) const {
    return last_before(steps_, i, [&](const trip_step& each) {
      return each.what == kind && each.host != steps_[i].host;
    });
  }

  const trip_steps& steps_;
  const std::size_t replicas_;
  const std::size_t proposal_;
  std::size_t commit_ = no_step;
};

}  // namespace

std::size_t proposal_in(const trip_steps& steps) {
  const auto is_proposed = [](const trip_step& each) { return each.what == proposed; };
  if (std::count_if(steps.begin(), steps.end(), is_proposed) != 1)
    return no_step;
  return static_cast<std::size_t>(std::find_if(steps.begin(), steps.end(), is_proposed) -
                                  steps.begin());
}

std::vector<std::size_t> causes_of(const trip_steps& steps, std::size_t replicas) {
  const cause_finder find(steps, replicas);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < steps.size(); ++i)
    out.push_back(find.of(i));
  return out;
}

std::vector<bool> awaited_in(const trip_steps& steps, const std::vector<std::size_t>& causes) {
  std::vector<bool> out(steps.size());
  for (std::size_t end = 0; end < steps.size(); ++end)
    if (steps[end].what == replied || steps[end].what == written)
      for (std::size_t i = end; i != no_step && !out[i]; i = causes[i])
        out[i] = true;
  return out;
}

std::vector<std::size_t> quorum_in(const trip_steps& steps, std::size_t replicas) {
  const std::size_t proposal = proposal_in(steps);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; proposal != no_step && i < steps.size(); ++i)
    if (steps[i].what == committed && steps[i].host == steps[proposal].host) {
      for (const std::size_t each : majority(steps, i, steps[i].host, replicas))
        out.push_back(steps[each].host);
      break;
    }
  return out;
}

}  // namespace carillon
