#include "actors/sync_reading.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

constexpr std::size_t readings_at_once = 16;

// Whether a page of `events` events is the beginning of `page`.
bool is_beginning(const wire::inbox_page& beginning, const wire::inbox_page& page, std::uint64_t events) {
  if (beginning.spans_size() > page.spans_size())
    return false;
  for (int i = 0; i < beginning.spans_size(); ++i) {
    const auto& span = beginning.spans(i);
    const auto& whole = page.spans(i);
    const bool is_last = i + 1 == beginning.spans_size();
    if (span.channel_id() != whole.channel_id() || span.first_seq() != whole.first_seq() ||
        (is_last ? span.last_seq() > whole.last_seq() : span.last_seq() != whole.last_seq()))
      return false;
    events -= std::min(events, span.last_seq() - span.first_seq() + 1);
  }
  return events == 0;
}

}  // namespace

bool sync_reading::is_out_of_reach(errc why) {
  return why == errc::channel_not_found || why == errc::not_in_channel;
}

sync_reading::sync_reading(sync_plan plan, bounds of_page, timestamp since)
    : plan_(std::move(plan)), of_page_(of_page), since_(since), begun_(plan_) {
  ENSURE(of_page_.events > 0, "a sync asks for events");
}

std::vector<sync_reading::question> sync_reading::take_page(const wire::inbox_page& page) {
  page_ = page;
  readings_ = plan_.take_page(page);
  answers_.resize(readings_.size());
  return go_on();
}

sync_reading::question sync_reading::ask(std::size_t place, const sync_plan::reading& wanted,
                                         std::uint32_t limit) const {
  question out{place, wanted.channel, {}};
  out.events.set_after(wanted.after);
  out.events.set_last(wanted.last);
  out.events.set_limit(limit);
  out.events.set_granted(wanted.granted);
  if (!wanted.granted)
    out.events.set_since(since_);
  return out;
}

std::vector<sync_reading::question> sync_reading::take(const question& asked,
                                                       const wire::channel_reply& reply) {
  ENSURE(under_way_ > 0, "an answer to a question");
  --under_way_;
  answers& of_place = answers_[asked.place];
  for (const auto& event : reply.events()) {
    of_place.events.push_back({event.seq(), event.ByteSizeLong()});
    of_place.told = of_place.events.size();
    bytes_ += of_place.events.back().bytes;
  }
  answered_ += static_cast<std::size_t>(reply.events_size());
  const std::uint64_t last =
      reply.events_size() > 0 ? reply.events(reply.events_size() - 1).seq() : asked.events.after();
  if (asked.place >= readings_.size()) {
    if (reply.events_size() > 0)
      plan_.read_beyond(asked.channel, last);
    has_more_ = has_more_ || reply.has_more();
  } else if (reply.has_more() && last > asked.events.after() && last < asked.events.last()) {
    if (bytes_ < of_page_.max_bytes) {
      auto& wanted = readings_[asked.place];  // long messages come in shorter pages
      wanted.after = last;
      ++under_way_;
      return {ask(asked.place, wanted, static_cast<std::uint32_t>(wanted.last - last))};
    }
  } else {
    of_place.complete = true;
  }
  return go_on();
}

std::vector<sync_reading::question> sync_reading::go_on() {
  std::vector<question> out;
  const bool is_full = bytes_ >= of_page_.max_bytes;
  for (; !is_full && next_ < readings_.size() && under_way_ < readings_at_once; ++next_, ++under_way_) {
    const auto& wanted = readings_[next_];
    out.push_back(ask(next_, wanted, static_cast<std::uint32_t>(wanted.last - wanted.after)));
  }
  if (under_way_ > 0)
    return out;
  if (is_full && beyond_ == 0)
    ends_at_ = fit();
  if (ends_at_) {
    end_question_ = begun_.question(static_cast<std::uint32_t>(inbox_events_before(*ends_at_)), false);
    return out;
  }
  if (is_full || answered_ >= of_page_.events) {
    has_more_ = true;  // or nearly: the next sync knows
    done_ = true;
    return out;
  }
  const auto next = plan_.next_beyond();
  if (!next) {
    done_ = true;
    return out;
  }
  ++under_way_;
  answers_.emplace_back();
  out.push_back(ask(readings_.size() + beyond_++, *next,
                    static_cast<std::uint32_t>(of_page_.events - answered_)));
  return out;
}

// ---- a page that is too long --------------------------------------------------------------------

// Takes back what is too much, and says in which place; nullopt: all of the inbox's page is told.
std::optional<std::size_t> sync_reading::fit() {
  std::size_t bytes = 0;
  for (std::size_t place = 0; place < readings_.size(); ++place) {
    answers& here = answers_[place];
    here.told = 0;
    for (const auto& event : here.events) {
      if (bytes > 0 && bytes + event.bytes > of_page_.max_bytes)
        break;
      bytes += event.bytes;
      ++here.told;
    }
    if (here.told < here.events.size() || !here.complete) {
      for (std::size_t later = place + 1; later < answers_.size(); ++later)
        answers_[later].told = 0;
      return place;
    }
  }
  return std::nullopt;
}

// Up to what is told of that place.
std::uint64_t sync_reading::inbox_events_before(std::size_t end) const {
  const auto& reading = readings_[end];
  const answers& here = answers_[end];
  const std::uint64_t last = here.told > 0 ? here.events[here.told - 1].seq : 0;
  return reading.events_before + (last >= reading.first ? last - reading.first + 1 : 0);
}

void sync_reading::take_end(const wire::inbox_page& beginning) {
  ENSURE(end_question_ && ends_at_ && !done_, "an answer to a question");
  const bool as_before = is_beginning(beginning, page_, end_question_->limit());
  wire::inbox_page end;
  if (as_before) {
    end = beginning;
  } else {  // some of it has become too old meanwhile: the inbox is read from the same place again
    *end.mutable_channels() = beginning.channels();
    end.set_row_at(end_question_->row_at());
    end.set_from(end_question_->from());
    end.set_skip(end_question_->skip());
  }
  end.set_has_more(true);
  plan_ = begun_;
  plan_.take_page(end);
  // What the place in the inbox does not say was read beside it.
  for (std::size_t place = as_before ? *ends_at_ : 0; place <= *ends_at_; ++place) {
    const answers& here = answers_[place];
    if (here.told > 0 && !(as_before && here.events[here.told - 1].seq >= readings_[place].first))
      plan_.read_beyond(readings_[place].channel, here.events[here.told - 1].seq);
  }
  has_more_ = true;
  done_ = true;
}

// ---- the answer ---------------------------------------------------------------------------------

std::size_t sync_reading::told_of(std::size_t place) const {
  ENSURE(done_, "all is read");
  return answers_[place].told;
}

bool sync_reading::has_more() const {
  ENSURE(done_, "all is read");
  return has_more_ || plan_.inbox_has_more();
}

std::string sync_reading::cursor() {
  ENSURE(done_, "all is read");
  return sync_cursor_text(plan_.finish());
}

}  // namespace carillon
