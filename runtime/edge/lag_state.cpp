#include "runtime/edge/lag_state.hpp"

namespace carillon::edge {

void lag_state::miss(log_position at) {
  auto [found, fresh] = behind_.try_emplace(at.topic);
  if (!fresh)
    return;
  found->second.next = at.seq;
  to_ask_.push_back(at.topic);
}

void lag_state::has(log_position at) {
  auto found = behind_.find(at.topic);
  if (found == behind_.end() || found->second.has.size() >= has_max || at.seq < found->second.next)
    return;
  found->second.has.insert(at.seq);
  skip_known(found->second);
}

void lag_state::skip_known(place& p) {
  while (!p.has.empty() && *p.has.begin() <= p.next) {
    p.next += *p.has.begin() == p.next;
    p.has.erase(p.has.begin());
  }
}

bool lag_state::is_next(log_position at) const {
  auto found = behind_.find(at.topic);
  return found != behind_.end() && found->second.next == at.seq;
}

void lag_state::take(log_position at) {
  auto found = behind_.find(at.topic);
  if (found == behind_.end() || found->second.next != at.seq)
    return;
  ++found->second.next;
  skip_known(found->second);
}

void lag_state::page_over(log_position reached, bool complete) {
  auto found = behind_.find(reached.topic);
  if (found == behind_.end())
    return;
  place& p = found->second;
  if (p.asked) {
    p.asked = false;
    --asked_;
    to_ask_.push_back(reached.topic);
  }
  if (complete && p.next > reached.seq)
    behind_.erase(found);
}

void lag_state::forget(topic_id topic) {
  auto found = behind_.find(topic);
  if (found == behind_.end())
    return;
  asked_ -= found->second.asked;
  behind_.erase(found);
}

std::optional<lag_state::question> lag_state::ask() {
  while (asked_ < questions_max && !to_ask_.empty()) {
    const topic_id topic = to_ask_.front();
    to_ask_.pop_front();
    auto found = behind_.find(topic);
    if (found == behind_.end() || found->second.asked)
      continue;
    place& p = found->second;
    const question out{topic, p.next, !p.told};
    p.asked = p.told = true;
    ++asked_;
    return out;
  }
  return std::nullopt;
}

std::uint64_t lag_state::reading_from() const {
  for (const auto& [topic, p] : behind_)
    if (p.asked)
      return p.next;
  return behind_.empty() ? 0 : behind_.begin()->second.next;
}

}  // namespace carillon::edge
