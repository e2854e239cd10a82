#include "actors/slot/inbox_rounds.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

// How far the users' slot is with the channel, and a row for each user.
std::size_t rows_of(const wire::inbox_delivery& what) {
  std::size_t rows = 0;
  for (const auto& run : what.runs())
    rows += 1 + static_cast<std::size_t>(run.users_size());
  return rows;
}

}  // namespace

void inbox_rounds::take(sender from, inbox_letter letter) {
  const slot_id to = letter.to;
  box& of = boxes_[to];
  if (of.waiting.empty() && of.under_way_of.empty())
    ready_.push_back(to);
  of.waiting.emplace_back(from, std::move(letter));
}

std::vector<inbox_rounds::mail> inbox_rounds::go(tick_time now) {
  std::vector<mail> out;
  for (const slot_id to : std::exchange(left_over_, {}))
    out.push_back(mail_to(to));
  if (now < not_before_ || ready_.empty())
    return out;
  earn(now);
  for (std::size_t owed = fewest(); !ready_.empty() && (share_ > 0us || owed > 0); owed -= owed > 0) {
    const slot_id to = ready_.front();
    ready_.pop_front();
    box& of = boxes_.at(to);
    of.left_over = of.waiting.size();
    if (how_.gather > 0ms)
      share_ = std::max<std::chrono::microseconds>(share_ - cost_of(of), -how_.saved_max);
    out.push_back(mail_to(to));
  }
  return out;
}

// What a round may take: what the time since the last one is worth, and what was saved.
void inbox_rounds::earn(tick_time now) {
  const auto since_last = std::chrono::floor<std::chrono::microseconds>(now - (not_before_ - how_.gather));
  const std::chrono::microseconds most = std::max({how_.gather, how_.saved_max, 1ms});
  share_ = std::min(most, share_ + since_last);
  not_before_ = now + how_.gather;
}

std::chrono::microseconds inbox_rounds::cost_of(const box& of) const {
  auto out = how_.per_mail;
  for (const auto& [from, letter] : of.waiting)
    out += how_.per_row * rows_of(*letter.what);
  return out;
}

// Slots of one round, so that the last of those that wait is not later than `gather_max`.
std::size_t inbox_rounds::fewest() const {
  const auto rounds = std::max<std::int64_t>(1, how_.gather_max / std::max(how_.gather, 1ms));
  return (ready_.size() + static_cast<std::size_t>(rounds) - 1) / static_cast<std::size_t>(rounds);
}

inbox_rounds::mail inbox_rounds::mail_to(slot_id to) {
  box& of = boxes_.at(to);
  mail out{to, of.waiting.front().second.someone, {}};
  std::size_t taken = 0;
  while (taken < of.left_over && out.what.runs_size() < how_.runs_max) {
    const auto& [from, letter] = of.waiting[taken++];
    out.what.MergeFrom(*letter.what);
    of.under_way_of.push_back(from);
  }
  of.waiting.erase(of.waiting.begin(), of.waiting.begin() + static_cast<std::ptrdiff_t>(taken));
  of.left_over -= taken;
  ++under_way_;
  return out;
}

void inbox_rounds::answered(slot_id to, const std::optional<error>& refused) {
  box& of = boxes_.at(to);
  ENSURE(!of.under_way_of.empty(), "only a mail that is under way is answered");
  for (const sender& from : std::exchange(of.under_way_of, {}))
    receipts_[from].push_back({to, refused});
  --under_way_;
  if (!of.waiting.empty())
    of.left_over > 0 ? left_over_.push_back(to) : ready_.push_back(to);
}

inbox_rounds::receipts_by_sender inbox_rounds::receipts(tick_time now) {
  if (under_way_ > 0 && now < not_before_)
    return {};
  return std::exchange(receipts_, {});
}

std::optional<tick_time> inbox_rounds::next() const {
  ENSURE(left_over_.empty(), "what is left of a round goes when there is an answer");
  if (ready_.empty() && receipts_.empty())
    return std::nullopt;
  return not_before_;
}

}  // namespace carillon
