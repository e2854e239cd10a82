#include "actors/inspect/trip.hpp"

#include <algorithm>
#include <optional>

#include "actors/inspect/clocks.hpp"

namespace carillon {
namespace {

std::optional<trace_step> step_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(trace_step::written); ++i)
    if (to_string(static_cast<trace_step>(i)) == name)
      return static_cast<trace_step>(i);
  return std::nullopt;  // of a newer version
}

class names {
public:
  explicit names(const std::string& first) : all_{first} {}
  std::size_t place(const std::string& name) {
    const auto found = std::find(all_.begin(), all_.end(), name);
    if (found != all_.end())
      return static_cast<std::size_t>(found - all_.begin());
    all_.push_back(name);
    return all_.size() - 1;
  }
  const std::vector<std::string>& all() const { return all_; }

private:
  std::vector<std::string> all_;
};

// Of a step `sent`: "to this host", "to c" (actors/slot/slot_events.cpp).
std::size_t told_host(const wire::trace_step& step, std::size_t here, const std::vector<std::string>& hosts) {
  constexpr std::string_view to = "to ";
  const std::string_view words = step.detail();
  if (words == "to this host")
    return here;
  if (words.starts_with(to))
    for (std::size_t host = 0; host < hosts.size(); ++host)
      if (words.substr(to.size()) == hosts[host])
        return host;
  return SIZE_MAX;
}

// The clocks of the hosts, and whose contradict what happened.
struct judged_clocks {
  explicit judged_clocks(std::size_t hosts) : clocks(hosts), odd(hosts) {}

  void before(const trip_step& cause, const trip_step& effect) {
    before(cause.host, cause.at, effect.host, effect.at);
  }
  void before(std::size_t a, std::uint64_t a_at, std::size_t b, std::uint64_t b_at) {
    if (a == b || clocks.before(a, a_at, b, b_at))
      return;
    odd[a] = a != 0;
    odd[b] = b != 0;
  }

  host_clocks clocks;
  std::vector<bool> odd;
};

// Only what is certain whatever the clocks say. `steps`: by each host's own clock.
void judge_by_causes(judged_clocks& clocks, const trip_steps& steps, std::size_t replicas) {
  using enum trace_step;
  auto first = [&](trace_step what) -> const trip_step* {
    auto found = std::find_if(steps.begin(), steps.end(),
                              [&](const trip_step& each) { return each.what == what; });
    return found == steps.end() ? nullptr : &*found;
  };
  // The first question is before whatever a question brought about.
  if (const trip_step* asked_first = first(asked))
    for (const trip_step& each : steps)
      if (each.what == request_in || each.what == arrived)
        clocks.before(*asked_first, each);
  const std::size_t proposal = proposal_in(steps);
  if (proposal == no_step)
    return;
  const trip_step& entry = steps[proposal];
  const trip_step* commit = nullptr;
  const trip_step* told = nullptr;
  for (const trip_step& each : steps) {
    if (each.what == entry_in || each.what == appended)
      clocks.before(entry, each);
    if (each.host == entry.host && each.what == committed && !commit)
      commit = &each;
    if (each.host == entry.host && each.what == sent && !told)
      told = &each;  // the first: before whatever any host hears
  }
  for (const trip_step& each : steps) {
    if (commit && each.what == replied)
      clocks.before(*commit, each);
    if (told && (each.what == event_in || each.what == at_hub))
      clocks.before(*told, each);
  }
  if (!commit)
    return;
  // How many others must have had it on disk before the leader could know of a majority: when that is
  // all of them, each was before.
  bool own = false;
  std::vector<const trip_step*> others;
  for (const trip_step& each : steps)
    if (each.what == fsynced) {
      if (each.host != entry.host)
        others.push_back(&each);
      else
        own = each.at <= commit->at;
    }
  if (replicas / 2 + 1 - own == others.size())
    for (const trip_step* each : others)
      clocks.before(*each, *commit);
}

void tell_clocks(const judged_clocks& judged, const std::vector<std::string>& hosts,
                 wire::trace_picture& into) {
  const auto offsets = judged.clocks.offsets();
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    wire::trace_clock& clock = *into.add_clocks();
    clock.set_host(hosts[i]);
    clock.set_offset(offsets[i].ahead);
    clock.set_exact_to(offsets[i].exact_to.value_or(UINT64_MAX));
    clock.set_odd(judged.odd[i]);
  }
}

// The picture's steps and ours, both by time.
void sort_by_time(wire::trace_picture& picture, trip_steps& steps) {
  std::vector<std::size_t> order(steps.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return steps[a].at != steps[b].at ? steps[a].at < steps[b].at : steps[a].what < steps[b].what;
  });
  trip_steps sorted;
  wire::trace_picture moved;
  for (const std::size_t from : order) {
    sorted.push_back(steps[from]);
    moved.add_steps()->Swap(picture.mutable_steps(static_cast<int>(from)));
  }
  steps = std::move(sorted);
  picture.mutable_steps()->Swap(moved.mutable_steps());
}

void explain(wire::trace_picture& picture, const trip_steps& steps,
             const std::vector<std::string>& hosts, std::size_t replicas) {
  const auto causes = causes_of(steps, replicas);
  const auto awaited = awaited_in(steps, causes);
  int longest = -1;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    wire::trace_step& told = *picture.mutable_steps(static_cast<int>(i));
    told.set_awaited(awaited[i]);
    if (causes[i] == no_step)
      continue;
    told.set_after(static_cast<std::uint32_t>(causes[i] + 1));
    // A clock that was set may put a cause behind its effect.
    told.set_waited(steps[i].at - std::min(steps[i].at, steps[causes[i]].at));
    if (awaited[i] && told.waited() > (longest < 0 ? 0 : picture.steps(longest).waited()))
      longest = static_cast<int>(i);
    const std::uint64_t so_far = steps[i].at - std::min(steps[i].at, steps[0].at);
    if (steps[i].what == trace_step::replied)
      picture.set_until_replied(so_far);
    if (steps[i].what == trace_step::written)
      picture.set_until_written(so_far);
  }
  std::vector<std::string> quorum;
  for (const std::size_t host : quorum_in(steps, replicas))
    quorum.push_back(hosts[host]);
  if (longest >= 0) {
    wire::trace_wait& wait = *picture.mutable_longest();
    wait.set_step(static_cast<std::uint32_t>(longest));
    wait.set_time(picture.steps(longest).waited());
    wait.set_words(wait_words(picture, longest, quorum));
  }
  for (std::string& note : trip_notes(picture, quorum, replicas))
    picture.add_notes(std::move(note));
}

}  // namespace

wire::trace_picture whole_trip(const std::vector<wire::trace_picture>& parts, const trip_facts& facts) {
  wire::trace_picture out;
  names hosts(facts.asked);
  trip_steps steps;
  for (const wire::trace_picture& part : parts) {
    if (!part.trace().empty())
      out.set_trace(part.trace());
    if (!part.channel().empty())
      out.set_channel(part.channel());
    if (part.seq() != 0)
      out.set_seq(part.seq());
    for (const wire::trace_step& step : part.steps())
      if (const auto what = step_named(step.step())) {
        steps.push_back({*what, hosts.place(step.host()), step.at(), SIZE_MAX});
        *out.add_steps() = step;
      }
  }
  if (steps.empty())
    return out;
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].what == trace_step::sent)
      steps[i].to = told_host(out.steps(static_cast<int>(i)), steps[i].host, hosts.all());
  std::vector<bool> holds(hosts.all().size());
  for (const trip_step& each : steps)
    if (each.what == trace_step::proposed || each.what == trace_step::fsynced)
      holds[each.host] = true;
  const std::size_t replicas =
      facts.replicas > 0 ? facts.replicas
                         : static_cast<std::size_t>(std::count(holds.begin(), holds.end(), true));

  // What happened in the trip first: a clock may have been set since then.
  judged_clocks judged(hosts.all().size());
  judge_by_causes(judged, steps, replicas);
  for (const clock_sample& each : facts.samples) {
    const auto found = std::find(hosts.all().begin(), hosts.all().end(), each.host);
    if (found == hosts.all().end() || found == hosts.all().begin())
      continue;
    const auto host = static_cast<std::size_t>(found - hosts.all().begin());
    judged.clocks.before(0, each.asked_at, host, each.its_now);
    judged.clocks.before(host, each.its_now, 0, each.answered_at);
  }
  tell_clocks(judged, hosts.all(), out);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::int64_t offset = out.clocks(static_cast<int>(steps[i].host)).offset();
    steps[i].at -= static_cast<std::uint64_t>(offset);
    wire::trace_step& told = *out.mutable_steps(static_cast<int>(i));
    told.set_at(steps[i].at);
    told.set_clock_offset(offset);
  }
  sort_by_time(out, steps);
  explain(out, steps, hosts.all(), replicas);
  return out;
}

}  // namespace carillon
