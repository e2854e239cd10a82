#include "tests/runtime/raft/member.hpp"

namespace carillon::raft {

member::member(options how, std::uint64_t seed, watcher sees)
    : how_(std::move(how)), sees_(std::move(sees)), random_(seed) {
  restart();
}

void member::tick() {
  core_->tick();
  take_readies();
}

void member::campaign() {
  core_->campaign();
  take_readies();
}

void member::step(message m) {
  core_->step(std::move(m));
  take_readies();
}

result<log_index> member::propose(std::string payload) {
  auto index = core_->propose(std::make_shared<const std::string>(std::move(payload)));
  take_readies();
  return index;
}

void member::take_readies() {
  notice_role();
  while (!out_ && core_->has_ready()) {
    out_ = core_->take_ready();
    log_->append(out_->entries);
    for (const message& m : out_->messages)
      if (sees_.sends)
        sees_.sends(id(), m);
    // Already on disk by an earlier write, so applying waits for nothing.
    for (const entry& e : out_->committed) {
      applied_ = e.index;
      if (sees_.applies)
        sees_.applies(id(), e);
    }
    if (!out_->must_persist())
      finish();
    else if (sees_.writes)
      sees_.writes(id(), *out_);
  }
}

void member::write_out() {
  if (out_->hard)
    disk_hard_ = *out_->hard;
  disk_.append(out_->entries);
  disk_applied_ = applied_;
}

void member::finish() {
  std::vector<message> after = std::move(out_->messages_after_persist);
  for (const message& m : after)
    if (sees_.sends)
      sees_.sends(id(), m);
  out_.reset();
  core_->advance();
  notice_role();
}

void member::persist() {
  if (!is_up() || !out_)
    return;
  write_out();
  finish();
  take_readies();
}

void member::crash(bool write_made_it) {
  if (out_ && write_made_it)
    write_out();
  out_.reset();
  core_.reset();
  log_.reset();
}

void member::restart() {
  log_ = std::make_unique<memory_log>(disk_);
  applied_ = disk_applied_;
  core_ = std::make_unique<raft>(how_, disk_hard_, applied_, *log_, random_);
  last_role_ = role::follower;
  last_term_ = disk_hard_.term;
}

void member::trim_before(log_index index) {
  disk_.trim_before(index);
  log_->trim_before(index);
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
