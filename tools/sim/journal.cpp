#include "tools/sim/journal.hpp"

#include <algorithm>

#include "actors/held_slots.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint64_t slowness_max = 200;

}  // namespace

journal::journal(disk& under, raft::member_id self, checker& truth, random_source& chance,
                 counters& count, later after)
    : under_(under), self_(self), truth_(truth), chance_(chance), count_(count),
      after_(std::move(after)), maker_(under.rows) {}

void journal::submit(storage::journal_write what) {
  waiting_.push_back(std::move(what));
  if (!busy_)
    write_next();
}

void journal::write_next() {
  busy_ = true;
  writing_ = std::exchange(waiting_, {});
  // Two causes of slowness at once are not slower than the slowest: no sync outlasts a run.
  const sim_time base = under_.sync_time * std::min(under_.slowness, slowness_max);
  after_(base / 2 + chance_.below(base + 1), [this] { finish(); });
}

// Puts what is in writing_ on the disk as the journal's thread does.
status journal::write_rows(bool& sync) {
  for (const auto& write : writing_) {
    if (!maker_.takes(write)) {
      if (auto written = under_.rows.write(maker_.rows(), false); !written)
        return written;
      maker_.clear();
    }
    sync |= maker_.add(write);
  }
  auto written = under_.rows.write(maker_.rows(), sync && !under_.forgets_syncs);
  maker_.clear();
  return written;
}

void journal::finish() {
  bool sync = false;
  status outcome = failed_ ? status(*failed_) : write_rows(sync);
  if (!outcome && !failed_)
    failed_ = outcome.error();
  ++count_.batches;
  count_.syncs += sync;
  count_.failures += !outcome;
  if (outcome && !under_.forgets_syncs)
    for (const auto& write : writing_) {
      if (is_erasure(write))
        truth_.erased(self_, write.slot);
      else if (write.restart)
        truth_.restored(self_, write.slot, write.restart->index);
      truth_.synced(self_, write.slot, write.entries);
    }
  for (auto& write : std::exchange(writing_, {}))
    write.done(outcome);
  busy_ = false;
  if (!waiting_.empty())
    write_next();
}

void journal::die(bool power_is_cut) {
  // What was under way had reached the system or not; with the power on, the system brings it home.
  if (busy_ && !failed_) {
    bool sync = false;
    if (chance_.below(2) == 0) {
      const bool honest = std::exchange(under_.forgets_syncs, true);
      (void)write_rows(sync);
      under_.forgets_syncs = honest;
    } else {
      ++count_.torn;
    }
  }
  if (power_is_cut)
    under_.rows.crash(chance_);
  else
    under_.rows.restart();
}

}  // namespace carillon::sim
