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
    ready_.push_back({to, std::nullopt});
  of.waiting.emplace_back(from, std::move(letter));
}

void inbox_rounds::hurry(slot_id to) {
  const auto found = boxes_.find(to);
  if (found == boxes_.end())
    return;
  box& of = found->second;
  of.urgent_under_way = !of.under_way_of.empty() || of.left_over > 0;
  if (of.waiting.size() > of.left_over && !std::exchange(of.urgent, true))
    ++urgent_;
}

std::vector<inbox_rounds::mail> inbox_rounds::go(tick_time now, bool give_way) {
  std::vector<mail> out;
  for (const slot_id to : std::exchange(left_over_, {}))
    out.push_back(mail_to(to));
  if (urgent_ > 0)
    begin_urgent(out);
  if (ready_.empty())
    return out;
  const int slower = give_way ? given_way : 1;
  give_turns(now, slower);
  if (now < not_before_)
    return out;
  const auto since_last = std::chrono::floor<std::chrono::microseconds>(now - std::exchange(last_go_, now));
  const std::chrono::microseconds most = std::max({how_.gather, how_.saved_max, how_.together, 1ms});
  share_ = std::min(most, share_ + since_last / slower);
  if (in_round_ == 0) {
    in_round_ = ready_.size();
    round_began_ = now;
  }
  std::chrono::microseconds begun{0};
  const auto as_long_again = [&] { return now + 2 * begun / cost_factor; };
  for (; in_round_ > 0 && (share_ > 0us || ready_.front().due <= now); --in_round_) {
    if (how_.at_a_time > 0ms && begun >= how_.at_a_time) {
      not_before_ = as_long_again();
      return out;
    }
    const slot_id to = ready_.front().to;
    ready_.pop_front();
    begun += cost_of(boxes_.at(to));
    begin(to, out);
  }
  in_round_ = 0;
  not_before_ = round_began_ + how_.gather;
  if (how_.at_a_time > 0ms)
    not_before_ = std::max(not_before_, as_long_again());
  if (share_ < std::chrono::microseconds(how_.together) / 2)
    not_before_ = std::max(not_before_, now + slower * (how_.together - share_));
  return out;
}

void inbox_rounds::begin_urgent(std::vector<mail>& out) {
  std::size_t at = 0, of_round = 0;
  std::erase_if(ready_, [&](const turn& each) {
    const bool goes = boxes_.at(each.to).urgent, in_round = at++ < in_round_;
    if (goes)
      begin(each.to, out);
    of_round += goes && in_round;
    return goes;
  });
  in_round_ -= of_round;
  if (of_round > 0 && in_round_ == 0)  // that was the rest of a round
    not_before_ = std::max(not_before_, round_began_ + how_.gather);
}

void inbox_rounds::begin(slot_id to, std::vector<mail>& out) {
  box& of = boxes_.at(to);
  of.left_over = of.waiting.size();
  of.urgent_under_way = std::exchange(of.urgent, false);
  urgent_ -= of.urgent_under_way;
  const auto debt_max = how_.together > 0ms ? how_.together : how_.saved_max;  // a pause has an end
  if (how_.gather > 0ms)
    share_ = std::max<std::chrono::microseconds>(share_ - cost_of(of), -debt_max);
  out.push_back(mail_to(to));
}

// Apart, and so that all slots have had theirs when `gather_max` is over, if something waits for all of them.
void inbox_rounds::give_turns(tick_time now, int slower) {
  const std::chrono::microseconds longest = slower * how_.gather_max;
  const auto apart = longest / static_cast<std::int64_t>(boxes_.size());
  auto first = ready_.end();
  while (first != ready_.begin() && !std::prev(first)->due)
    --first;
  for (; first != ready_.end(); ++first)
    first->due = last_due_ = std::clamp(last_due_ + apart, now, now + longest);
}

std::chrono::microseconds inbox_rounds::cost_of(const box& of) const {
  auto out = how_.per_mail;
  for (const auto& [from, letter] : of.waiting)
    out += how_.per_row * rows_of(*letter.what);
  return out;
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
  receipts_urgent_ = receipts_urgent_ || of.urgent_under_way;
  of.urgent_under_way = of.urgent_under_way && of.left_over > 0;
  --under_way_;
  if (!of.waiting.empty())
    of.left_over > 0 ? left_over_.push_back(to) : ready_.push_back({to, std::nullopt});
}

inbox_rounds::receipts_by_sender inbox_rounds::receipts(tick_time now) {
  const bool later = in_round_ > 0 || (under_way_ > 0 && now < not_before_);
  if (later && !std::exchange(receipts_urgent_, false))
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
