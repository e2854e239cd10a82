#include "actors/locator.hpp"

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

constexpr int term_bits = 48;
constexpr std::uint64_t term_mask = (std::uint64_t{1} << term_bits) - 1;

}  // namespace

locator::locator(raft::member_id self, std::uint32_t slots)
    : self_(self), slots_(slots), words_(slots + 1) {}

std::uint16_t locator::number_of(raft::member_id member) {
  if (member == 0)
    return 0;
  auto find = [&](std::uint16_t from) -> std::uint16_t {
    for (std::uint16_t i = from; i < member_count_.load(std::memory_order_acquire); ++i)
      if (members_[i].load(std::memory_order_relaxed) == member)
        return i;
    return 0;
  };
  if (std::uint16_t known = find(1))
    return known;
  std::lock_guard lock(members_mutex_);
  if (std::uint16_t known = find(1))
    return known;
  std::uint16_t next = member_count_.load(std::memory_order_relaxed);
  ENSURE(next < members_.size(), "a process meets a bounded number of hosts");
  members_[next].store(member, std::memory_order_relaxed);
  member_count_.store(static_cast<std::uint16_t>(next + 1), std::memory_order_release);
  return next;
}

locator::place locator::of(slot_id slot) const {
  std::uint64_t word = words_[slot].load(std::memory_order_acquire);
  return {members_[word >> term_bits].load(std::memory_order_relaxed), word & term_mask};
}

bool locator::led_by(slot_id slot, raft::member_id leader, raft::term_t term) {
  const std::uint64_t next = std::uint64_t{number_of(leader)} << term_bits | (term & term_mask);
  std::uint64_t known = words_[slot].load(std::memory_order_acquire);
  do {
    if ((known & term_mask) > term || known == next)
      return false;
  } while (!words_[slot].compare_exchange_weak(known, next, std::memory_order_acq_rel));
  return true;
}

void locator::try_next(slot_id slot, raft::member_id hinted, raft::member_id refused_by) {
  if (hinted == 0 || hinted == refused_by)
    return;
  const std::uint64_t next = number_of(hinted);
  const std::uint64_t refused = number_of(refused_by);
  std::uint64_t known = words_[slot].load(std::memory_order_acquire);
  if (known >> term_bits == 0 || known >> term_bits == refused)  // lost to a newer word: better so
    words_[slot].compare_exchange_strong(known, next << term_bits | (known & term_mask),
                                         std::memory_order_acq_rel);
}

void locator::lost(raft::member_id host) {
  const std::uint64_t number = number_of(host);
  for (auto& word : words_) {
    std::uint64_t known = word.load(std::memory_order_acquire);
    if (known >> term_bits == number && host != self_)
      word.compare_exchange_strong(known, known & term_mask, std::memory_order_acq_rel);
  }
}

}  // namespace carillon
