// What is known of a store so far, while store_check reads it: the report as it grows, and what is in
// doubt. A row that is damaged or cannot be read is found once; from what lies around it nothing is
// concluded, or one bad block would be told as a hundred contradictions. One thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/readable_rows.hpp"
#include "storage/store_check.hpp"

namespace carillon::storage {

// Whose row a key is, as far as the key says.
struct row_place {
  std::optional<slot_id> slot;
  entity_id entity;
};
row_place place_of(family where, std::string_view key);

class check_book {
public:
  explicit check_book(std::size_t findings_max) : findings_max_(findings_max) {}

  store_report report;  // all but the slots
  std::map<slot_id, slot_summary> slots;
  slot_summary& slot_at(slot_id slot);
  bool is_mixed(slot_id slot) const;

  // A row at its turn.
  void count(family where, std::string_view key, std::string_view value);

  // -- what is found --
  void damaged(family where, std::string_view key, const error& why);
  void unreadable(const unreadable_rows& gap);
  void contradiction(family where, const row_place& of, std::string words);

  // -- what is in doubt --
  void doubt_log(slot_id slot) { doubtful_logs_.insert(slot); }
  bool log_in_doubt(slot_id slot) const { return doubtful_logs_.contains(slot); }
  // Of the entity with this prefix (keys.hpp) there may be rows that cannot be read.
  bool may_lack_rows(std::string_view prefix) const { return prefix <= doubtful_until_; }

private:
  void add(finding::kind what, family where, const row_place& at, std::string words);

  const std::size_t findings_max_;
  std::set<slot_id> doubtful_logs_;
  std::string doubtful_until_;  // prefix of the last entity that a gap may reach to; empty: none
};

}  // namespace carillon::storage
