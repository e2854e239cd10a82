#include "actors/sync_reading.hpp"

#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

constexpr std::size_t readings_at_once = 16;

}  // namespace

bool sync_reading::is_out_of_reach(errc why) {
  return why == errc::channel_not_found || why == errc::not_in_channel;
}

sync_reading::sync_reading(sync_plan plan, std::uint32_t limit, timestamp since)
    : plan_(std::move(plan)), limit_(limit), since_(since) {
  ENSURE(limit > 0, "a sync asks for events");
}

std::vector<sync_reading::question> sync_reading::take_page(const wire::inbox_page& page) {
  readings_ = plan_.take_page(page);
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
  told_ += static_cast<std::size_t>(reply.events_size());
  const std::uint64_t last =
      reply.events_size() > 0 ? reply.events(reply.events_size() - 1).seq() : asked.events.after();
  if (asked.place >= readings_.size()) {
    if (reply.events_size() > 0)
      plan_.read_beyond(asked.channel, last);
    has_more_ = has_more_ || reply.has_more();
  } else if (reply.has_more() && last > asked.events.after() && last < asked.events.last()) {
    auto& wanted = readings_[asked.place];  // long messages come in shorter pages
    wanted.after = last;
    ++under_way_;
    return {ask(asked.place, wanted, static_cast<std::uint32_t>(wanted.last - last))};
  }
  return go_on();
}

std::vector<sync_reading::question> sync_reading::go_on() {
  std::vector<question> out;
  for (; next_ < readings_.size() && under_way_ < readings_at_once; ++next_, ++under_way_) {
    const auto& wanted = readings_[next_];
    out.push_back(ask(next_, wanted, static_cast<std::uint32_t>(wanted.last - wanted.after)));
  }
  if (under_way_ > 0)
    return out;
  if (told_ >= limit_) {
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
  out.push_back(ask(readings_.size() + beyond_++, *next, static_cast<std::uint32_t>(limit_ - told_)));
  return out;
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
