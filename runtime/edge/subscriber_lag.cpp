// The part of a subscriber that is behind: what is queued while its client is too slow, what is left to
// the log, and when that is asked for. What was missed is lag_state's.
#include <algorithm>

#include "runtime/edge/subscriber.hpp"

namespace carillon::edge {

namespace {

// Of one page from the log. Less would be a question per frame; more keeps nobody waiting for less
// time, because a kernel's own buffer holds more than a question takes.
constexpr std::size_t page_min = 16'384;
constexpr std::size_t page_max = 262'144;

std::chrono::microseconds between(tick_time from, tick_time to) {
  return std::chrono::duration_cast<std::chrono::microseconds>(to - from);
}

}  // namespace

// Is there room for a live frame, all things considered? Otherwise what has to be done about it is done.
bool subscriber::makes_room(const frame& what, std::size_t queued) {
  const log_position at = what.position();
  // What the kernel takes at once fills no memory, however full the whole is.
  const std::size_t limit =
      is_waiting() ? loop_.outbound_limit() : loop_.limits().outbound_max_bytes;
  if (at.topic == 0) {
    const std::size_t own = limit == 0 ? 0 : loop_.limits().outbound_max_bytes;
    if (queued <= own + own_reserve)
      return true;
    give_up();
    return false;
  }
  const bool behind = is_behind_ && lag_->state.is_behind(at.topic);
  if (!behind && (queued <= limit || outbound_.empty()))
    return true;
  if (!is_behind_)
    fall_behind();
  lag_->state.miss(at);
  ++lag_->skipped;
  loop_.counters().events_skipped.add();
  return false;
}

void subscriber::fall_behind() {
  if (!lag_)
    lag_ = std::make_unique<lag_file>();
  is_behind_ = true;
  lag_->state = {};
  lag_->began = steady_now();
  ++lag_->spells;
  loop_.counters().behind.add();
  loop_.counters().fell_behind.add();
  wake_at(deadline());
}

tick_time subscriber::behind_until() const {
  return lag_->began + loop_.limits().lagging_timeout;
}

void subscriber::wake_at(tick_time when) {
  set_deadline(is_behind_ ? std::min(when, behind_until()) : when);
}

bool subscriber::is_behind_too_long(tick_time now) {
  if (!is_behind_ || now < behind_until())
    return false;
  loop_.counters().behind_timeouts.add();
  loop_.counters().slow_closes.add();
  close(close_code::slow_consumer, "still behind when the time to catch up was over");
  return true;
}

void subscriber::deliver_late(const frame& what) {
  if (stage_ != stage::open || given_up_ || !is_behind_)
    return;
  lag_state& state = lag_->state;
  const log_position at = what.position();
  if (what.what() != frame::role::late) {
    state.page_over(at, what.what() == frame::role::log_end);
    look_whether_over();
    return;
  }
  if (!state.is_next(at))
    return;
  const std::string_view wire = wire_of(what);
  const std::size_t queued = outbound_.size() + wire.size();
  // What finds no room now is asked for again.
  if (queued > std::max(outbound_budget::small_queue, loop_.outbound_limit()) && !outbound_.empty())
    return;
  state.take(at);
  ++lag_->read_back;
  loop_.counters().events_read_back.add();
  queue(what, wire, queued);
}

void subscriber::leave(topic_id topic) {
  loop_.topics().unsubscribe(*this, topic);
  if (!is_behind_)
    return;
  lag_->state.forget(topic);
  look_whether_over();
}

void subscriber::on_drained() {
  if (is_behind_) [[unlikely]]
    ask_for_missed();
}

void subscriber::look_whether_over() {
  if (!lag_->state.over())
    return ask_for_missed();
  loop_.counters().caught_up.add();
  end_spell();
  set_deadline(next_look());
}

// With nothing queued there is room for a page of each; what they bring together is bounded.
void subscriber::ask_for_missed() {
  if (!outbound_.empty() || stage_ != stage::open || given_up_ || !loop_.when_missed())
    return;
  const std::size_t share = std::min(lag_->state.topics(), lag_state::questions_max);
  const std::size_t room =
      std::clamp(loop_.outbound_limit() / 2, page_min, page_max) / std::max<std::size_t>(1, share);
  while (auto question = lag_->state.ask())
    loop_.when_missed()({.who = id(),
                         .topic = question->topic,
                         .from = question->from,
                         .room = room,
                         .first = question->first});
}

void subscriber::end_spell() {
  if (!is_behind_)
    return;
  is_behind_ = false;
  lag_->ended = steady_now();
  lag_->took = between(lag_->began, lag_->ended);
  lag_->state = {};
  loop_.counters().behind.subtract();
}

void subscriber::look_behind(connection_picture& out, tick_time now) const {
  if (!lag_)
    return;
  out.behind = is_behind_;
  if (is_behind_) {
    out.behind_for = between(lag_->began, now);
    out.behind_topics = static_cast<std::uint32_t>(lag_->state.topics());
    out.reading_from = lag_->state.reading_from();
  }
  out.spells = lag_->spells;
  if (lag_->ended != tick_time{}) {
    out.last_spell_ago = between(lag_->ended, now);
    out.last_spell_took = lag_->took;
  }
  out.events_skipped = lag_->skipped;
  out.events_read_back = lag_->read_back;
}

}  // namespace carillon::edge
