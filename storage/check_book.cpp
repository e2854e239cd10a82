#include "storage/check_book.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/logging.hpp"
#include "storage/keys.hpp"

namespace carillon::storage {
namespace {

std::string entity_name(const entity_id& id) {
  return (id.is_channel() ? "channel/" : "user/") + id.text();
}

}  // namespace

row_place place_of(family where, std::string_view key) {
  const auto slot_in = [](std::string_view at) {
    return static_cast<slot_id>(static_cast<unsigned char>(at[0]) << 8 |
                                static_cast<unsigned char>(at[1]));
  };
  row_place out;
  if (where == family::meta) {
    if ((key.size() == 4 && key[0] == 's') || (key.size() >= 3 && key.starts_with(ring_view_prefix)))
      out.slot = slot_in(key.substr(1));
    return out;
  }
  if (key.size() >= 2)
    out.slot = slot_in(key);
  if (where != family::log && key.size() >= entity_prefix_size)
    out.entity = {key[2], get_u64(key.data() + 3)};
  return out;
}

slot_summary& check_book::slot_at(slot_id slot) {
  slot_summary& found = slots[slot];
  found.slot = slot;
  return found;
}

bool check_book::is_mixed(slot_id slot) const {
  auto at = slots.find(slot);
  return at != slots.end() && at->second.facts.tables_mixed;
}

void check_book::count(family where, std::string_view key, std::string_view value) {
  ++report.records[static_cast<std::size_t>(where)];
  report.bytes[static_cast<std::size_t>(where)] += key.size() + value.size();
}

// -- what is found --------------------------------------------------------------------------------

void check_book::add(finding::kind what, family where, const row_place& at, std::string words) {
  ++report.found;
  if (report.findings.size() >= findings_max_)
    return;
  report.findings.push_back({what, where, at.slot,
                             at.entity ? entity_name(at.entity) : std::string(),
                             std::move(words)});
}

void check_book::damaged(family where, std::string_view key, const error& why) {
  add(finding::kind::record, where, place_of(where, key), why.detail);
}

void check_book::contradiction(family where, const row_place& of, std::string words) {
  add(finding::kind::contradiction, where, of, std::move(words));
}

void check_book::unreadable(const unreadable_rows& gap) {
  const row_place from = place_of(gap.where, gap.after);
  const row_place to = place_of(gap.where, gap.before);
  row_place at;
  if (from.slot && from.slot == to.slot)
    at.slot = from.slot;
  if (from.entity && from.entity == to.entity)
    at.entity = from.entity;
  const auto border = [&](const std::string& key, const char* otherwise) {
    return key.empty() ? std::string(otherwise) : describe_key(gap.where, key);
  };
  add(finding::kind::unreadable, gap.where, at,
      fmt::format("the rows after {} and before {}: {}", border(gap.after, "the beginning"),
                  border(gap.before, "the end"), gap.why.detail));
  if (gap.where == family::log) {
    const auto first = from.slot.value_or(0);
    const auto last = to.slot.value_or(static_cast<slot_id>(~0u));
    for (std::uint32_t slot = first; slot <= last; ++slot)
      doubt_log(static_cast<slot_id>(slot));
  }
  if (gap.where == family::messages || gap.where == family::index)
    doubtful_until_ = std::max(doubtful_until_, gap.before.empty()
                                                    ? std::string(entity_prefix_size, '\xff')
                                                    : gap.before.substr(0, entity_prefix_size));
}

}  // namespace carillon::storage
