// Members in memory under everything that the network, the power and the operators can do to them:
// loss, repetition, any order, crashes that lose (or keep) writes under way, trimmed logs and
// pulled tables, members that come and go, leadership handed around, hosts found lost that are not.
// The properties of figure 3.2 and what a read may see are checked at every step (safety.hpp); when
// the weather clears, the group must agree on one leader and everything that it was given last. All
// chance comes from one seed, which is printed; CARILLON_SEED=n plays that seed alone,
// or with CARILLON_SEEDS=m so many from there on.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>

#include "tests/runtime/raft/safety.hpp"

namespace carillon::raft {
namespace {

struct setting {
  std::size_t voters = 3;
  std::size_t outside = 0;  // more members, that may be taken in
  bool operators = false;   // change the group, hand over leadership, damage tables
};

// What the storms reached, over all seeds: a test that met nothing tested nothing.
struct tally_of {
  std::size_t applied = 0;
  std::size_t reads = 0;
  std::size_t pulled = 0;
  std::size_t changes = 0;
  std::size_t leaders = 0;
  std::size_t beyond_repair = 0;  // the only whole log stands beside damaged tables
};

class weather {
public:
  weather(std::uint64_t seed, setting where, tally_of& counts)
      : chance_(seed), where_(where), counts_(counts), checks_(members_) {
    options how;
    configuration group;
    for (member_id id = 1; id <= where.voters; ++id)
      group.voters.push_back(id);
    // Small bounds, so that every one of them is met.
    how.entries_per_append = 1 + chance_.below(4);
    how.bytes_per_append = 1 + chance_.below(20);
    how.appends_in_flight = 1 + chance_.below(3);
    how.bytes_in_flight = 1 + chance_.below(60);
    how.bytes_per_commit = 1 + chance_.below(20);
    how.uncommitted_max_bytes = 60;
    how.readies_in_flight = 1 + chance_.below(4);
    how.reads_of_all = static_cast<std::uint32_t>(chance_.below(3));
    how.election_ticks = 5;
    how.host_beats = chance_.below(2) == 0;
    how.pre_vote = chance_.below(4) != 0;
    how.check_quorum = chance_.below(4) != 0;
    for (member_id id = 1; id <= where.voters + where.outside; ++id) {
      how.self = id;
      members_.push_back(std::make_unique<member>(how, id <= where.voters ? group : configuration{},
                                                  chance_.next(), watch()));
    }
    loss_ = chance_.below(20);
    repeats_ = chance_.below(20);
    crashes_ = chance_.below(3);
    operators_ = where.operators ? chance_.below(4) : 0;
  }

  void storm(int steps) {
    for (int i = 0; i < steps; ++i)
      step();
  }

  // Everyone up, nothing lost: within a bounded time one leader, one log, all of it applied.
  void clear_up() {
    for (auto& m : members_) {
      if (!m->is_up())
        m->restart();
      m->act([](raft& core) { core.set_electable(true); });
    }
    log_index wanted = 0;
    term_t wanted_in = 0;
    for (int round = 0; round < 2'000; ++round) {
      for (auto& m : members_) {
        m->tick();
        hear_everyone(*m);
        m->persist();
        pull(*m);
        for (std::size_t n = network_.size(); n > 0; --n)
          deliver_front();
        // A leader that removed itself may have taken it and left.
        if (wanted_in != m->core().term() && m->core().may_serve() && everyone_follows(*m)) {
          if (auto index = m->propose("last")) {
            wanted = *index;
            wanted_in = m->core().term();
          }
        }
      }
      if (wanted != 0 && everyone_applied(wanted)) {
        counts_.applied += checks_.applied_count();
        return;
      }
    }
    for (auto& m : members_) {
      if (m->core().current_role() == role::leader && m->core().is_restoring()) {
        ++counts_.beyond_repair;
        return;
      }
    }
    for (auto& m : members_)
      MESSAGE(m->core().describe());
    FAIL("no agreement after the storm");
  }

private:
  member::watcher watch() {
    return {.sends = [this](member_id, const message& m) { network_.push_back(m); },
            .writes = [this](member_id id, const ready& r) { checks_.sees_written(id, r); },
            .applies = [this](member_id id, const entry& e) { checks_.sees_applied(id, e); },
            .becomes =
                [this](member_id id, role r, term_t term) {
                  if (r != role::leader)
                    return;
                  ++counts_.leaders;
                  checks_.sees_leader(id, term);
                },
            .reads =
                [this](member_id, const read_state& read) {
                  counts_.reads += read.index != 0 ? 1 : 0;
                  checks_.sees_read(read);
                },
            .is_offered = [](member_id, const snapshot_offer&) {}};
  }

  void step() {
    member& m = any();
    std::uint64_t what = chance_.below(100);
    if (!m.is_up()) {
      if (what < 20)
        m.restart();
    } else if (what < 12) {
      m.tick();
      if (chance_.below(2) == 0)
        hear_everyone(m);
    } else if (what < 40) {
      m.persist();
    } else if (what < 53) {
      (void)m.propose(std::to_string(++proposals_));
    } else if (what < 55) {
      checks_.sees_read_asked(++asked_);
      m.act([this](raft& core) { core.read_index(asked_); });
    } else if (what < 57) {
      m.trim_before(m.disk().applied + 1 -
                    chance_.below(std::min<log_index>(m.disk().applied, 5) + 1));
    } else if (what < 57 + crashes_) {
      m.crash(chance_.below(4));
    } else if (what < 57 + crashes_ + operators_) {
      operate(m);
    } else if (what < 63) {
      pull(m);
    } else {
      disturb_network();
    }
  }

  // Whatever an operator, a ring actor or a link might tell a member, rightly or wrongly.
  void operate(member& anyone) {
    member& m = chance_.below(2) == 0 ? anyone : leader_or(anyone);
    member_id other = any().id();
    log_index before = m.core().last_index();
    switch (chance_.below(10)) {
    case 0:
      (void)m.act([&](raft& core) { return core.add_learner(other); });
      break;
    case 1:
      (void)m.act([&](raft& core) { return core.promote(other); });
      break;
    case 2:
      if (all_tables_whole())
        (void)m.act([&](raft& core) { return core.remove(other); });
      break;
    case 3:
      m.act([&](raft& core) { core.transfer(other); });
      break;
    case 4:
      m.act([](raft& core) { core.step_down(); });
      break;
    case 5:
      m.act([](raft& core) { core.campaign(true); });
      break;
    case 6:
      m.act([&](raft& core) { core.host_lost(other); });
      break;
    case 7:
      m.act([&](raft& core) { core.heard_from(other); });
      break;
    case 8:
      m.act([this](raft& core) { core.set_electable(chance_.below(2) == 0); });
      break;
    case 9:
      if (chance_.below(4) == 0 && all_tables_whole())
        m.request_snapshot();
      break;
    }
    counts_.changes += m.core().is_changing() && m.core().last_index() > before ? 1 : 0;
  }

  member& leader_or(member& anyone) {
    for (auto& m : members_)
      if (m->is_up() && m->core().current_role() == role::leader)
        return *m;
    return anyone;
  }

  // Else one could be left over whose tables nobody can restore.
  bool all_tables_whole() const {
    return std::none_of(members_.begin(), members_.end(), [](const auto& m) {
      return m->disk().tables_mixed || (m->is_up() && m->core().is_restoring());
    });
  }

  // The hosts' own beats, which are as old as they please in a storm, but true.
  void hear_everyone(member& m) {
    for (const auto& other : members_) {
      if (other->id() == m.id() || !other->is_up())
        continue;
      m.act([&](raft& core) { core.heard_from(other->id()); });
      if (other->core().current_role() == role::leader)
        m.act([&](raft& core) { core.leader_beat(other->id(), other->core().term()); });
    }
  }

  // The host that offered may be gone, or may have lost the rows it had not synced.
  void pull(member& m) {
    if (!m.is_up() || !m.offer())
      return;
    const member& from = *members_[m.offer()->from - 1];
    if (!from.is_up() || from.readable() < m.offer()->index || from.disk().tables_mixed) {
      m.request_snapshot();
      return;
    }
    m.pull(from);
    ++counts_.pulled;
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

  member& any() { return *members_[chance_.below(members_.size())]; }
  // Who is not in the group any more need not know anything.
  bool everyone_follows(const member& leader) const {
    const configuration& group = leader.core().members();
    return std::all_of(group.voters.begin(), group.voters.end(), [&](member_id id) {
      return members_[id - 1]->core().leader() == leader.id();
    });
  }
  bool everyone_applied(log_index index) const {
    for (const auto& m : members_) {
      if (m->core().current_role() != role::leader)
        continue;
      const configuration& group = m->core().members();
      for (const auto& other : members_) {
        bool inside = std::count(group.voters.begin(), group.voters.end(), other->id()) +
                          std::count(group.learners.begin(), group.learners.end(), other->id()) >
                      0;
        if (inside && other->applied() < index)
          return false;
      }
      if (m->applied() >= index)
        return true;
    }
    return false;
  }

  seeded_random chance_;
  setting where_;
  tally_of& counts_;
  std::vector<std::unique_ptr<member>> members_;
  safety checks_;
  std::deque<message> network_;
  std::uint64_t loss_ = 0;       // per hundred
  std::uint64_t repeats_ = 0;    // per hundred
  std::uint64_t crashes_ = 0;    // per hundred steps
  std::uint64_t operators_ = 0;  // per hundred steps
  std::uint64_t asked_ = 0;
  int proposals_ = 0;
};

// Plays the seeds, or the one of CARILLON_SEED; what they reached.
tally_of play(std::uint64_t first, std::uint64_t count, setting where) {
  if (const char* one = std::getenv("CARILLON_SEED")) {
    first = std::strtoull(one, nullptr, 10);
    const char* more = std::getenv("CARILLON_SEEDS");
    count = more ? std::strtoull(more, nullptr, 10) : 1;
  }
  MESSAGE("seeds " << first << " to " << first + count - 1);
  tally_of counts;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    CAPTURE(seed);
    weather over(seed, where, counts);
    over.storm(3'000);
    over.clear_up();
  }
  MESSAGE(counts.applied << " applied, " << counts.reads << " reads, " << counts.pulled
                         << " pulled, " << counts.changes << " changes, " << counts.leaders
                         << " leaders, " << counts.beyond_repair << " beyond repair");
  return counts;
}

bool one_seed() {
  return std::getenv("CARILLON_SEED") != nullptr;
}

}  // namespace

TEST_CASE("cluster: what figure 3.2 promises holds in any weather") {
  tally_of counts = play(1, 500, {});
  // The storm must let work through, or nothing was tested.
  CHECK((one_seed() || counts.applied > 500 * 20));
  CHECK((one_seed() || counts.reads > 500));
  CHECK((one_seed() || counts.pulled > 20));
}

TEST_CASE("cluster: and while members come and go, hand over, and are told untruths") {
  tally_of counts = play(10'001, 1'500, {.voters = 3, .outside = 2, .operators = true});
  CHECK((one_seed() || counts.applied > 1'500 * 10));
  CHECK((one_seed() || counts.reads > 1'500));
  CHECK((one_seed() || counts.pulled > 50));
  CHECK((one_seed() || counts.changes > 500));
  CHECK((one_seed() || counts.leaders > 1'500 * 3));
  CHECK((one_seed() || counts.beyond_repair <= 5));
}

TEST_CASE("cluster: groups of one, two and five obey the same rules") {
  for (std::size_t size : {1, 2, 5}) {
    CAPTURE(size);
    tally_of counts =
        play(size * 1'000'000, 50, {.voters = size, .outside = 0, .operators = false});
    CHECK((one_seed() || counts.applied > 50 * 5));
    counts = play(size * 2'000'000, 150, {.voters = size, .outside = 1, .operators = true});
    CHECK((one_seed() || counts.applied > 150 * 5));
  }
}

}  // namespace carillon::raft
