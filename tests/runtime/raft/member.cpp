#include "tests/runtime/raft/member.hpp"

namespace carillon::raft {

member::member(options how, configuration members, std::uint64_t seed, watcher sees)
    : how_(std::move(how)), sees_(std::move(sees)), random_(seed) {
  disk_.members = std::move(members);
  restart();
}

void member::tick() {
  act([](raft& core) { core.tick(); });
}

void member::step(message m) {
  act([&](raft& core) { core.step(std::move(m)); });
}

result<log_index> member::propose(std::string payload) {
  return act([&](raft& core) {
    return core.propose(std::make_shared<const std::string>(std::move(payload)));
  });
}

void member::take_readies() {
  notice_role();
  while (core_->has_ready()) {
    out_.push_back({core_->take_ready(), 0, {}});
    write_out& now = out_.back();
    log_->append(now.what.entries);
    for (const message& m : now.what.messages)
      if (sees_.sends)
        sees_.sends(id(), m);
    // Already on disk by an earlier write, so applying waits for nothing.
    for (const entry& e : now.what.committed) {
      applied_ = e.index;
      if (e.kind == entry_kind::config)
        members_ = *decode_configuration(*e.payload);
      if (sees_.applies)
        sees_.applies(id(), e);
    }
    now.applied = applied_;
    now.members = members_;
    for (const read_state& read : now.what.reads)
      if (sees_.reads)
        sees_.reads(id(), read);
    if (now.what.offer) {
      offer_ = now.what.offer;
      disk_.tables_mixed = true;
      if (sees_.is_offered)
        sees_.is_offered(id(), *offer_);
    }
    if (now.what.must_persist() && sees_.writes)
      sees_.writes(id(), now.what);
    tell(now.what);
    while (!out_.empty() && !out_.front().what.must_persist())
      finish_oldest();
    notice_role();
  }
  if (out_.empty() && core_->log_came_back()) {
    disk_.log_lost.reset();
    core_->log_is_whole();
    if (sees_.is_whole)
      sees_.is_whole(id());
  }
}

void member::tell(const ready& what) {
  for (const lost_log& other : what.others_lost)
    if (sees_.sees_loss)
      sees_.sees_loss(id(), other);
  ENSURE(!what.contradicted || sees_.gives_up, "nobody in the group forgot what it promised");
  if (what.contradicted)
    sees_.gives_up(id(), *what.contradicted);
}

void member::write_oldest() {
  const write_out& now = out_.front();
  if (now.what.hard)
    disk_.hard = *now.what.hard;
  if (now.what.log_lost)
    disk_.log_lost = now.what.log_lost;
  disk_.log.append(now.what.entries);
  disk_.applied = now.applied;
  disk_.members = now.members;
}

// One that writes nothing waits for no fsync; what it applied can be read, and is on disk with the
// next write.
void member::finish_oldest() {
  if (out_.front().what.must_persist())
    write_oldest();
  readable_ = out_.front().applied;
  ready done = std::move(out_.front().what);
  out_.pop_front();
  for (const message& m : done.messages_after_persist)
    if (sees_.sends)
      sees_.sends(id(), m);
  core_->advance();
}

void member::persist() {
  if (!is_up() || out_.empty())
    return;
  finish_oldest();
  while (!out_.empty() && !out_.front().what.must_persist())
    finish_oldest();
  take_readies();
}

void member::crash(std::size_t written) {
  for (; written > 0 && !out_.empty(); --written) {
    write_oldest();
    out_.pop_front();
  }
  out_.clear();
  offer_.reset();
  core_.reset();
  log_.reset();
}

void member::restart() {
  log_ = std::make_unique<memory_log>(disk_.log);
  applied_ = disk_.applied;
  readable_ = disk_.applied;
  members_ = disk_.members;
  core_ = std::make_unique<raft>(how_, disk_.hard, members_, applied_, *log_, random_);
  last_role_ = role::follower;
  last_term_ = disk_.hard.term;
  if (disk_.log_lost)
    core_->log_lost(*disk_.log_lost);
  if (disk_.tables_mixed)
    core_->request_snapshot();
}

void member::spoil(log_index index) {
  disk_.log.spoil(index);
  log_->spoil(index);
}

void member::trim_before(log_index index) {
  disk_.log.trim_before(index);
  log_->trim_before(index);
}

void member::request_snapshot() {
  offer_.reset();
  act([](raft& core) { core.request_snapshot(); });
}

void member::pull(const member& from) {
  ENSURE(offer_ && from.readable() >= offer_->index, "the tables are as of the offer or later");
  while (!out_.empty())
    persist();
  const snapshot_offer what = *offer_;
  offer_.reset();
  disk_.applied = what.index;
  disk_.members = what.config;
  disk_.tables_mixed = false;
  if (what.restart_log) {
    disk_.log.restart(what.index, what.term);
    log_->restart(what.index, what.term);
  }
  applied_ = what.index;
  readable_ = what.index;
  members_ = what.config;
  act([&](raft& core) { core.restored(what.index, what.term, what.config); });
}

void member::notice_role() {
  bool news = core_->current_role() != last_role_ ||
              (core_->current_role() != role::follower && core_->term() != last_term_);
  last_role_ = core_->current_role();
  last_term_ = core_->term();
  if (news && sees_.becomes)
    sees_.becomes(id(), last_role_, last_term_);
}

}  // namespace carillon::raft
