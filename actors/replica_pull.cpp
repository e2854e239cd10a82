// The part of replica that catches up: a pull of the group's rows from the leader, after an offer
// (the leader has trimmed what this log lacks) or because records here are damaged.
#include <algorithm>

#include "actors/replica.hpp"
#include "runtime/base/ensure.hpp"
#include "storage/slot_range.hpp"

namespace carillon {

void replica::damaged(const error& what) {
  if (failed_ || mixed_ || alone())
    return;  // alone: nobody has a better copy, and what can be read is served
  out_.trouble = what;
  begin_pull(std::nullopt);
  core_.request_snapshot();  // a leader steps down first
}

bool replica::pin_log(raft::member_id who, raft::log_index index) {
  if (!leads() || mixed_ || failed_ || index + 1 < log_->first_index() || index > handed_out_)
    return false;
  pins_[who] = {index, how_.pin_ticks};
  return true;
}

void replica::begin_pull(std::optional<raft::snapshot_offer> offer) {
  // The same host offers again from time to time: what was pulled from it so far still counts.
  if (failed_ || (pull_ && pull_->offer && offer && pull_->offer->from == offer->from))
    return;
  if (!pull_) {
    mixed_ = true;
    may_be_elected();
    pull_.emplace();
    pull_->wait_ticks = how_.retry_ticks;
    pull_->busy = true;
    storage::journal_write write;
    write.mixed = true;
    give_out(write_kind::mark, std::move(write));
  }
  pull_->offer = std::move(offer);
  if (!pull_->offer)
    return;
  pull_->index = std::max(pull_->offer->index, handed_out_);
  pull_->span = 0;
  pull_->after_key.clear();
  pull_->wait_ticks = 0;
  if (std::exchange(pull_->asked, false))
    pull_->busy = false;  // the answer of the earlier host is not waited for
}

void replica::drive_pull() {
  if (!pull_ || failed_ || pull_->busy || pull_->wait_ticks > 0)
    return;
  // Only a leader keeps its log for us meanwhile.
  if (pull_->offer && core_.leader() != 0 && core_.leader() != pull_->offer->from)
    pull_->offer.reset();
  if (!pull_->offer) {
    pull_->wait_ticks = how_.retry_ticks;
    if (!leads())
      core_.request_snapshot();
    return;
  }
  if (pull_is_at_end())
    return end_pull();
  wire::fetch_chunk& next = pull_->asked_for;
  next.set_slot(how_.slot);
  next.set_family(static_cast<std::uint32_t>(storage::pulled_families[pull_->span]));
  next.set_after_key(pull_->after_key);
  next.set_bytes_max(how_.chunk_bytes);
  next.set_index(pull_->index);
  pull_->id = ++last_pull_;
  pull_->busy = pull_->asked = true;
  out_.pull = fetch{pull_->id, pull_->offer->from, next};
}

void replica::chunk_arrived(std::uint64_t id, result<wire::chunk> answer) {
  if (!pull_ || !pull_->asked || pull_->id != id)
    return;
  pull_->busy = pull_->asked = false;
  status usable =
      answer ? storage::check_chunk(pull_->asked_for, *answer) : status(answer.error());
  if (!usable) {
    pull_->wait_ticks = how_.retry_ticks;
    if (usable.error().code == errc::not_owner)
      pull_->offer.reset();
    if (usable.error().code != errc::overloaded)  // others come first: that is no trouble
      out_.trouble = usable.error();
    return;
  }
  storage::chunk_write rows;
  rows.where = storage::pulled_families[pull_->span];
  rows.after_key = pull_->after_key;
  if (answer->last()) {
    ++pull_->span;
    pull_->after_key.clear();
  } else {
    pull_->after_key = answer->rows(answer->rows_size() - 1).key();
  }
  rows.chunk = std::move(*answer);
  storage::journal_write write;
  write.chunks.push_back(std::move(rows));
  pull_->busy = true;
  give_out(write_kind::rows, std::move(write));
}

// All rows are on disk. No ready is taken until the pull has ended: where the group writes without a pause
// there would always be one that has to come first.
bool replica::pull_is_at_end() const {
  return pull_ && pull_->offer && !pull_->busy && !failed_ &&
         pull_->span == storage::pulled_families.size();
}

void replica::end_pull() {
  if (!readies_.empty())
    return;  // their entries come first: what is restored begins behind them
  const raft::snapshot_offer& offer = *pull_->offer;
  storage::journal_write write;
  write.mixed = false;
  if (offer.restart_log)
    write.restart = storage::log_restart{offer.index, offer.term};
  write.config = offer.config;  // also where nothing else is new: the row here may be lost
  if (offer.index > handed_out_) {
    write.applied = offer.index;
    write.applied_term = offer.term;
  }
  pull_->busy = true;
  give_out(write_kind::whole, std::move(write));
}

void replica::pull_ended() {
  const raft::snapshot_offer offer = std::move(*pull_->offer);
  pull_.reset();
  mixed_ = false;
  if (offer.restart_log) {
    log_->restart(offer.index, offer.term);
    damage_trimmed_ = false;  // what cannot be read from now on is in another log
  }
  core_.restored(offer.index, offer.term, offer.config);
  handed_out_ = applied_ = std::max(handed_out_, offer.index);
  last_config_ = std::max(last_config_, offer.index);
  may_be_elected();
  out_.tables_replaced = true;
}

}  // namespace carillon
