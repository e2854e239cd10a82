#include "actors/replica.hpp"

#include <algorithm>
#include <limits>

#include "runtime/base/ensure.hpp"
#include "runtime/wire/on_arena.hpp"
#include "runtime/wire/wire_texts.hpp"

namespace carillon {
namespace {

// A read-index round whose messages were lost is asked again.
constexpr std::uint32_t round_patience_ticks = 3;
constexpr std::size_t command_bytes = 1'024;  // of a post, its longer texts aside

std::shared_ptr<const wire::slot_command> decode(const raft::entry& entry) {
  auto command = make_on_arena<wire::slot_command, command_bytes>();
  ENSURE(entry.payload && command->ParseFromString(*entry.payload),
         "a committed command parses: its checksum was good");
  return command;
}

// What others could not read would end each of them once it is committed (decode).
bool can_be_read_back(const std::string& payload) {
  static const wire_texts texts(*wire::slot_command::descriptor());
  return texts.are_utf8(payload);
}

raft::configuration members_at_start(const replica::setup& how, const storage::slot_start& from) {
  return from.has_config ? from.config : how.founders;
}

}  // namespace

bool replica::effects::empty() const {
  return send.empty() && writes.empty() && committed.empty() && !lost && !leadership_changed &&
         readable.empty() && unreadable.empty() && !tables_replaced && !pull && !trouble &&
         alarms.empty();
}

replica::replica(setup how, const storage::slot_start& from,
                 std::unique_ptr<storage::log_store> log, random_source& random)
    : how_(std::move(how)),
      log_(std::move(log)),
      core_(how_.raft, from.hard, members_at_start(how_, from), from.applied, *log_, random),
      handed_out_(from.applied),
      applied_(from.applied),
      projected_(from.projected),
      // Of a stored one only this is known: it is not younger.
      last_config_(from.has_config || from.log_damaged ? from.applied : 0),
      mixed_(from.tables_mixed) {
  if (from.log_damaged)
    core_.log_lost(from.acknowledged);
  if (mixed_) {  // stopped in the middle of a pull: the mark is there
    pull_.emplace();
    core_.request_snapshot();
  }
  may_be_elected();
}

bool replica::alone() const {
  const auto& voters = core_.members().voters;
  return voters.size() == 1 && voters.front() == how_.raft.self;
}

raft::term_t replica::follows() const {
  const bool follows = core_.current_role() == raft::role::follower && core_.leader() != 0;
  return follows && !core_.contradicted() ? core_.term() : 0;
}

bool replica::serves() const {
  return !mixed_ && core_.may_serve() && (!failed_ || alone());
}

void replica::start() {
  if (alone())
    core_.campaign();
}

// With mixed tables it may, as the core's last resort: when those whose tables are whole lack entries
// that only logs here hold, it leads until they have them, and serves nobody.
void replica::may_be_elected() {
  core_.set_electable(!failed_ && !retired_ && !gives_way_);
}

// ---- time and messages ------------------------------------------------------------------------

void replica::tick(const heard& what) {
  for (auto host : what.lost)
    core_.host_lost(host);
  for (auto host : what.alive)
    core_.heard_from(host);
  if (what.led.leader != 0)
    core_.leader_beat(what.led.leader, what.led.term);
  core_.tick();
  // The last entry's effects are done after its commit was told: on a quiet group nothing else would say
  // so, and the next leader would look for entries that nobody needs to keep.
  if (leads() && projected_told_ < projected_ && projected_ >= core_.last_index())
    core_.say_something();
  watch_disk(what.writing);
  ++round_ticks_;
  if (pull_ && pull_->wait_ticks > 0)
    --pull_->wait_ticks;
  for (auto each = pins_.begin(); each != pins_.end();)
    each = each->second.ticks_left-- == 0 ? pins_.erase(each) : std::next(each);
}

void replica::step(std::vector<raft::message> messages) {
  for (auto& message : messages) {
    // What some leader said was projected is projected, whoever leads now.
    if (message.kind == raft::message_kind::append)
      projected_ = std::max(projected_, std::exchange(message.context, 0));
    core_.step(std::move(message));
  }
}

void replica::nominate(raft::term_t term, raft::member_id lost) {
  if (term < core_.term() || failed_)
    return;
  if (lost != 0)
    core_.host_lost(lost);
  // Another one was elected since the nomination was written. And where nobody is known to be lost,
  // those who hear a leader are not to be overruled: it may be the ring actor that is deaf.
  if (core_.leader() == 0 || core_.leader() == lost)
    core_.campaign(/*force=*/lost != 0);
}

void replica::transfer(raft::member_id to) {
  if (leads())
    core_.transfer(to);
}

void replica::step_down() {
  if (leads())
    core_.step_down();
}

void replica::retire() {
  retired_ = true;
  may_be_elected();
  if (!alone())
    step_down();
}

// ---- proposals and reads ----------------------------------------------------------------------

result<raft::log_index> replica::propose(std::shared_ptr<const wire::slot_command> command,
                                         std::uint64_t tag) {
  if (failed_)
    return *failed_;
  if (mixed_)
    return errc::not_owner;
  lose_if_deposed();  // open proposals are all of one term
  auto payload = std::make_shared<std::string>();
  if (!command->SerializeToString(payload.get()) || !can_be_read_back(*payload))
    return make_error(errc::invalid_arguments,
                      "a command that cannot be read back: text that is not UTF-8");
  auto index = core_.propose(std::move(payload));
  if (index)
    proposals_.push_back({*index, core_.term(), std::move(command), tag});
  return index;
}

std::uint64_t replica::read_barrier() {
  reads_waiting_.push_back(++last_read_);
  return last_read_;
}

result<raft::log_index> replica::add_learner(raft::member_id id) {
  return failed_ ? result<raft::log_index>(*failed_) : core_.add_learner(id);
}

result<raft::log_index> replica::promote(raft::member_id id) {
  return failed_ ? result<raft::log_index>(*failed_) : core_.promote(id);
}

result<raft::log_index> replica::remove(raft::member_id id) {
  return failed_ ? result<raft::log_index>(*failed_) : core_.remove(id);
}

void replica::lose_if_deposed() {
  if (proposals_.empty() || (leads() && core_.term() == proposals_.front().term))
    return;
  proposals_.clear();
  out_.lost = make_error(errc::not_owner);
}

// One round at a time: what is asked for meanwhile shares the next.
void replica::ask_round() {
  auto refuse = [this](std::vector<std::uint64_t>& reads) {
    out_.unreadable.insert(out_.unreadable.end(), reads.begin(), reads.end());
    reads.clear();
  };
  if (failed_ && alone()) {  // reads go on with what the tables hold
    out_.readable.insert(out_.readable.end(), reads_waiting_.begin(), reads_waiting_.end());
    return reads_waiting_.clear();
  }
  if (!serves()) {
    refuse(reads_asked_);
    return refuse(reads_waiting_);
  }
  if (alone()) {
    for (auto id : std::exchange(reads_waiting_, {}))
      reads_confirmed_.push_back({handed_out_, id});
    return;
  }
  const bool round_is_out = !reads_asked_.empty();
  if (round_is_out ? round_ticks_ < round_patience_ticks : reads_waiting_.empty())
    return;
  reads_asked_.insert(reads_asked_.end(), reads_waiting_.begin(), reads_waiting_.end());
  reads_waiting_.clear();
  round_ticks_ = 0;
  core_.read_index(++last_round_);
}

void replica::on_round(const raft::read_state& answer) {
  if (answer.context != last_round_)
    return;  // asked again since
  for (auto id : std::exchange(reads_asked_, {}))
    if (answer.index == 0)
      out_.unreadable.push_back(id);
    else
      reads_confirmed_.push_back({answer.index, id});
}

void replica::answer_reads() {
  // Others can answer what waits for a disk that may never go on.
  const bool given_up = (failed_ && !alone()) || (disk_hangs_ && !leads());
  while (!reads_confirmed_.empty() &&
         (failed_ || given_up || reads_confirmed_.front().index <= applied_)) {
    auto& done = given_up ? out_.unreadable : out_.readable;
    done.push_back(reads_confirmed_.front().id);
    reads_confirmed_.pop_front();
  }
}

// ---- readies ----------------------------------------------------------------------------------

replica::effects replica::take_effects() {
  collect();
  return std::exchange(out_, {});
}

void replica::collect() {
  for (bool more = true; more;) {
    more = false;
    lose_if_deposed();
    ask_round();
    drive_pull();
    mend_log();
    for (; may_take_ready(); more = true)
      take_ready();
  }
  answer_reads();
  if (place now = leader(); now != last_leader_ || serves() != last_serves_) {
    last_leader_ = now;
    last_serves_ = serves();
    out_.leadership_changed = true;
  }
}

// With others to write to, the next appends leave while the last are still being fsynced. A single
// voter gains nothing from that: one larger batch costs less than several small ones.
bool replica::may_take_ready() const {
  if (pull_is_at_end())
    return false;
  auto persists = [](const ready_out& each) { return each.persists; };
  return core_.has_ready() &&
         !(alone() && std::any_of(readies_.begin(), readies_.end(), persists));
}

void replica::take_ready() {
  raft::ready next = core_.take_ready();
  const bool persists = next.must_persist();
  post_send(std::move(next.messages));
  for (const auto& read : next.reads)
    on_round(read);
  sound_alarms(next);
  readies_.push_back({persists, false, std::move(next.messages_after_persist)});
  if (failed_)
    return;  // never advanced: nothing that needs the disk leaves this host any more

  log_->append(next.entries);
  if (persists || !next.committed.empty()) {
    storage::journal_write write;
    write.hard = next.hard;
    write.log_damage = next.log_lost;
    write.entries = std::move(next.entries);
    hand_out(next.committed, write);
    give_out(write_kind::ready, std::move(write));
  } else {
    readies_.back().written = true;
    advance_written();
  }
  if (next.offer)
    begin_pull(std::move(*next.offer));
}

void replica::advance_written() {
  while (!readies_.empty() && readies_.front().written) {
    post_send(std::move(readies_.front().then_send));
    readies_.pop_front();
    core_.advance();
    log_->persisted(core_.persisted_index());
  }
}

void replica::hand_out(const std::vector<raft::entry>& entries, storage::journal_write& write) {
  for (const raft::entry& entry : entries) {
    ENSURE(entry.index == handed_out_ + 1, "committed entries are handed out once, in order");
    handed_out_ = entry.index;
    if (entry.kind == raft::entry_kind::config) {
      last_config_ = entry.index;
      write.config = raft::decode_configuration(*entry.payload);
    }
    if (entry.kind != raft::entry_kind::command)
      continue;
    committed_entry done{entry.index, entry.term, nullptr, 0, false};
    ENSURE(proposals_.empty() || proposals_.front().index >= entry.index,
           "proposals are committed in order, or lost together");
    if (!proposals_.empty() && proposals_.front().index == entry.index) {
      proposal& proposed = proposals_.front();
      ENSURE(proposed.term == entry.term, "lost proposals were forgotten");
      done.command = std::move(proposed.command);
      done.tag = proposed.tag;
      done.mine = true;
      proposals_.pop_front();
    } else {  // another leader's, or from before the restart
      done.command = decode(entry);
    }
    write.commands.push_back(done.command);
    out_.committed.push_back(std::move(done));
  }
  if (entries.empty())
    return;
  write.applied = handed_out_;
  write.applied_term = entries.back().term;
}

void replica::give_out(write_kind kind, storage::journal_write write) {
  write.slot = how_.slot;
  write.projected = projected_;
  trim(write);
  writes_.push_back({kind, handed_out_});
  out_.writes.push_back(std::move(write));
}

// Trimmed in large steps: a range deletion per batch would cost more than the space it frees.
void replica::trim(storage::journal_write& write) {
  if (mixed_)
    return;
  // The disk follows the log, which declines where it cannot read the term that has to stay: trimmed
  // there alone, it could not be opened any more.
  auto trim_before = [&](raft::log_index before) {
    log_->trim_before(before);
    if (log_->first_index() != before)
      return false;
    write.trim_before = before;
    return true;
  };
  // What cannot be read is of no use to a follower that lacks it: without it, it is offered a pull.
  if (log_->damage() && !damage_trimmed_ && log_->first_index() < applied_ && trim_before(applied_)) {
    damage_trimmed_ = true;
    return;
  }
  raft::log_index needed = std::min(applied_, projected_);
  needed = std::min(needed, kept_after_.value_or(needed));
  for (const auto& [who, pin] : pins_)
    needed = std::min(needed, pin.index);
  const raft::log_index keep = how_.log_keep_entries;
  if (needed <= keep || log_->first_index() + 2 * keep >= needed)
    return;
  trim_before(needed - keep);
}

void replica::post_send(std::vector<raft::message> messages) {
  if (core_.contradicted())
    return;  // also what was on its way: it may not be true to whoever hears it
  for (auto& message : messages) {
    if (message.kind == raft::message_kind::append)
      projected_told_ = message.context = projected_;
    if (message.kind == raft::message_kind::snapshot) {
      // The log that the projections may still need goes along: for a member whose log begins anew
      // the tables count as of the cursor, as long as the same members stood then.
      const raft::log_index from = std::max(projected_, log_->first_index() - 1);
      const auto term = log_->term_of(from);
      if (core_.match_of(message.to) < from && from < message.index && from >= last_config_ && term) {
        message.index = from;
        message.log_term = *term;
      }
      pin_log(message.to, message.index);
    }
    out_.send.push_back(std::move(message));
  }
}

void replica::written(const status& outcome) {
  if (failed_)
    return;
  if (!outcome)
    return fail(outcome.error());
  ENSURE(!writes_.empty(), "only writes that were given out are written");
  const write_out done = writes_.front();
  writes_.pop_front();
  switch (done.kind) {
    case write_kind::ready: {
      auto oldest = std::find_if(readies_.begin(), readies_.end(),
                                 [](const ready_out& each) { return !each.written; });
      ENSURE(oldest != readies_.end(), "a write of a ready belongs to one");
      oldest->written = true;
      applied_ = std::max(applied_, done.applied);
      return advance_written();
    }
    case write_kind::mark:
    case write_kind::rows:
      pull_->busy = false;
      return;
    case write_kind::whole:
      return pull_ended();
    case write_kind::log_whole:  // unless more was lost meanwhile, which the disk then says
      if (std::exchange(mending_log_, std::nullopt) == core_.lost_up_to())
        core_.log_is_whole();
      return;
  }
}

void replica::set_projected(raft::log_index index) {
  projected_ = std::max(projected_, index);
}

void replica::fail(const error& why) {
  if (failed_)
    return;
  failed_ = why;
  proposals_.clear();
  out_.lost = why;
  if (alone()) {  // reads go on with what the tables hold
    applied_ = std::max(applied_, handed_out_);
    return;
  }
  may_be_elected();
  step_down();
}

// With never_whole it never comes back.
void replica::mend_log() {
  if (mending_log_ || mixed_ || failed_ || !core_.log_came_back())
    return;
  mending_log_ = core_.lost_up_to();
  storage::journal_write write;
  write.log_damage = 0;
  give_out(write_kind::log_whole, std::move(write));
}

std::string replica::describe() const {
  std::string out = core_.describe();
  out += " applied=";
  out += std::to_string(applied_);
  out += " projected=";
  out += std::to_string(projected_);
  if (mixed_)
    out += " catching_up";
  if (core_.lost_up_to())
    out += " log_damaged";
  if (disk_hangs_)
    out += " disk_hangs";
  if (failed_) {
    out += " failed: ";
    out += failed_->describe();
  }
  return out;
}

}  // namespace carillon
