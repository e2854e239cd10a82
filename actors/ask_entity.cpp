#include "actors/ask_entity.hpp"

#include <atomic>
#include <string>

#include "runtime/base/logging.hpp"
#include "runtime/base/random.hpp"

namespace carillon::detail {
namespace {

constexpr raft::member_id the_only_host = 1;  // where nobody keeps a locator

}  // namespace

ask_knowledge knowledge_of(const host_services& host, slot_id slot) {
  ask_knowledge known;
  known.replica_here = slot < host.slots.size() && host.slots[slot];
  if (!host.where || !host.link) {
    known.self = known.leader = the_only_host;
    return known;
  }
  known.self = host.where->self();
  known.leader = host.where->of(slot).leader;
  if (known.leader == known.self && !known.replica_here)
    known.leader = 0;  // a hint from someone who knows less than we do
  known.cut_off = host.health && host.health->cut_off();
  return known;
}

void add_replicas(ask_knowledge& known, const host_services& host, slot_id slot) {
  if (!host.ring || !host.link)
    return;
  auto view = host.ring->now();
  if (slot >= static_cast<std::uint32_t>(view->slots_size()))
    return;
  const wire::slot_place& place = view->slots(slot);
  if (place.preferred_leader() != 0)
    known.replicas.push_back(place.preferred_leader());
  for (auto replica : place.replicas())
    known.replicas.push_back(replica);
}

std::uint64_t some_chance() {
  auto ticks = static_cast<std::uint64_t>(steady_now().time_since_epoch().count());
  return (ticks * 0x9e3779b97f4a7c15ULL) >> 32;
}

std::string asked_words(const host_services& host, slot_id slot, raft::member_id whom, bool again) {
  return fmt::format("{} leads slot {}, as far as known{}",
                     host.link ? host_name(host, whom) : "this host", slot,
                     again ? "; asked again" : "");
}

// Half drawn once per process, half counted: as unique as sixteen drawn bytes, without asking the
// operating system for each post. As text, for it travels in a string of Protobuf.
std::string new_request_key() {
  static const std::string process = [] {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned char byte : random_bytes(8)) {
      text += digits[byte >> 4];
      text += digits[byte & 15];
    }
    return text;
  }();
  static std::atomic<std::uint64_t> last{0};
  std::string key = process;
  key += '-';
  key += std::to_string(last.fetch_add(1, std::memory_order_relaxed));
  return key;
}

}  // namespace carillon::detail
