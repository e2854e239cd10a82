// Three members in memory under everything that the network and the power can do to them: loss,
// repetition, any order, crashes that lose (or keep) the write under way, trimmed logs. The
// properties of figure 3.2 are checked at every step (safety.hpp); when the weather clears, the
// group must agree on one leader and everything that it was given last. All chance comes from one
// seed, which is printed; CARILLON_SEED=n plays that seed alone.
#include <doctest/doctest.h>

#include <cstdlib>
#include <deque>

#include "tests/runtime/raft/safety.hpp"

namespace carillon::raft {
namespace {

class weather {
public:
  weather(std::uint64_t seed, std::size_t size) : chance_(seed), checks_(members_) {
    options how;
    for (member_id id = 1; id <= size; ++id)
      how.voters.push_back(id);
    // Small bounds, so that every one of them is met.
    how.entries_per_append = 1 + chance_.below(4);
    how.bytes_per_append = 1 + chance_.below(20);
    how.appends_in_flight = 1 + chance_.below(3);
    how.bytes_per_commit = 1 + chance_.below(20);
    how.uncommitted_max_bytes = 60;
    how.election_ticks = 5;
    for (member_id id = 1; id <= size; ++id) {
      how.self = id;
      members_.push_back(std::make_unique<member>(how, chance_.next(), watch()));
    }
    loss_ = chance_.below(20);
    repeats_ = chance_.below(20);
    crashes_ = chance_.below(3);
  }

  void storm(int steps) {
    for (int i = 0; i < steps; ++i)
      step();
  }

  // Everyone up, nothing lost: within a bounded time one leader, one log, all of it applied.
  void clear_up() {
    for (auto& m : members_)
      if (!m->is_up())
        m->restart();
    log_index wanted = 0;
    for (int round = 0; round < 2'000; ++round) {
      for (auto& m : members_) {
        m->tick();
        m->persist();
        for (std::size_t n = network_.size(); n > 0; --n)
          deliver_front();
        if (wanted == 0 && m->core().may_serve() && everyone_follows(*m))
          if (auto index = m->propose("last"))
            wanted = *index;
      }
      if (wanted != 0 && everyone_applied(wanted))
        return;
    }
    for (auto& m : members_)
      MESSAGE(m->core().describe());
    FAIL("no agreement after the storm");
  }

  std::size_t applied() const { return checks_.applied_count(); }

private:
  member::watcher watch() {
    return {.sends = [this](member_id, const message& m) { network_.push_back(m); },
            .writes = [this](member_id id, const ready& r) { checks_.sees_written(id, r); },
            .applies = [this](member_id id, const entry& e) { checks_.sees_applied(id, e); },
            .becomes =
                [this](member_id id, role r, term_t term) {
                  if (r == role::leader)
                    checks_.sees_leader(id, term);
                }};
  }

  void step() {
    member& m = *members_[chance_.below(members_.size())];
    std::uint64_t what = chance_.below(100);
    if (!m.is_up()) {
      if (what < 20)
        m.restart();
    } else if (what < 12) {
      m.tick();
    } else if (what < 40) {
      m.persist();
    } else if (what < 55) {
      (void)m.propose(std::to_string(++proposals_));
    } else if (what < 57) {
      trim(m);
    } else if (what < 57 + crashes_) {
      m.crash(chance_.below(2) == 0);
    } else {
      disturb_network();
    }
  }

  void disturb_network() {
    if (network_.empty())
      return;
    std::size_t at = chance_.below(2) == 0 ? 0 : chance_.below(network_.size());
    std::swap(network_[0], network_[at]);
    std::uint64_t fate = chance_.below(100);
    if (fate < loss_) {
      network_.pop_front();
    } else {
      if (fate < loss_ + repeats_)
        network_.push_back(network_.front());
      deliver_front();
    }
  }

  void deliver_front() {
    message m = std::move(network_.front());
    network_.pop_front();
    if (member& to = *members_[m.to - 1]; to.is_up())
      to.step(std::move(m));
  }

  // As far as everyone has applied on disk: nobody can need what is below.
  void trim(member& m) {
    log_index keep = m.applied_on_disk();
    for (const auto& other : members_)
      keep = std::min(keep, other->applied_on_disk());
    m.trim_before(keep + 1);
  }

  bool everyone_follows(const member& leader) const {
    for (const auto& m : members_)
      if (m->core().leader() != leader.id())
        return false;
    return true;
  }
  bool everyone_applied(log_index index) const {
    for (const auto& m : members_)
      if (m->applied() < index)
        return false;
    return true;
  }

  seeded_random chance_;
  std::vector<std::unique_ptr<member>> members_;
  safety checks_;
  std::deque<message> network_;
  std::uint64_t loss_ = 0;     // per hundred
  std::uint64_t repeats_ = 0;  // per hundred
  std::uint64_t crashes_ = 0;  // per hundred steps
  int proposals_ = 0;
};

void play(std::uint64_t seed, std::size_t size, std::size_t& applied) {
  CAPTURE(seed);
  weather over(seed, size);
  over.storm(3'000);
  over.clear_up();
  applied += over.applied();
}

}  // namespace

TEST_CASE("cluster: what figure 3.2 promises holds in any weather") {
  std::size_t applied = 0;
  if (const char* one = std::getenv("CARILLON_SEED")) {
    MESSAGE("seed " << one);
    play(std::strtoull(one, nullptr, 10), 3, applied);
    return;
  }
  constexpr std::uint64_t first = 1;
  constexpr std::uint64_t count = 150;
  MESSAGE("seeds " << first << " to " << first + count - 1);
  for (std::uint64_t seed = first; seed < first + count; ++seed)
    play(seed, 3, applied);
  // The storm must let work through, or nothing was tested.
  CHECK(applied > count * 20);
}

TEST_CASE("cluster: groups of one, two and five obey the same rules") {
  for (std::size_t size : {1, 2, 5}) {
    std::size_t applied = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      play(seed * 1'000 + size, size, applied);
    CAPTURE(size);
    CHECK(applied > 20 * 5);
  }
}

}  // namespace carillon::raft
