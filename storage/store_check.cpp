#include "storage/store_check.hpp"

#include <set>

#include "runtime/base/logging.hpp"
#include "runtime/raft/membership.hpp"
#include "storage/check_book.hpp"
#include "storage/ring_view_rows.hpp"
#include "storage/rows.hpp"
#include "storage/table_check.hpp"

namespace carillon::storage {
namespace {

// The facts of the store and of its slots, and their logs.
class checker {
public:
  checker(const kv& store, check_book& book) : store_(store), book_(book) {}

  void check_meta();
  void check_logs();
  void close_slots();

private:
  void read_slot_fact(std::string_view key, std::string_view value);
  void read_view_row(std::string_view key, std::string_view value);
  void close_view(bool is_doubtful);
  void read_log_entry(std::string_view key, std::string_view value);

  const kv& store_;
  check_book& book_;
  std::set<slot_id> doubtful_facts_;
  std::optional<ring_view_rows> view_;
  bool view_damaged_ = false;
};

// -- facts ----------------------------------------------------------------------------------------

void checker::read_slot_fact(std::string_view key, std::string_view value) {
  const slot_id slot = *place_of(family::meta, key).slot;
  slot_start& facts = book_.slot_at(slot).facts;
  const auto damaged = [&](const error& why) {
    doubtful_facts_.insert(slot);
    book_.damaged(family::meta, key, why);
  };
  const auto pair = [&](auto&& take) {
    auto row = unseal_pair(family::meta, key, value);
    if (row)
      take(row->at[0], row->at[1]);
    else
      damaged(row.error());
  };
  const auto number = [&](auto&& take) {
    auto row = unseal_number(family::meta, key, value);
    if (row)
      take(row->at[0]);
    else
      damaged(row.error());
  };
  switch (key[3]) {
  case 'h':
    return pair([&](auto term, auto vote) { facts.hard = {term, vote}; });
  case 'a':
    return pair([&](auto index, auto term) {
      facts.applied = index;
      facts.applied_term = term;
    });
  case 'p':
    return number([&](auto index) { facts.projected = index; });
  case 't':
    return number([](auto) {});
  case 'c':
    facts.tables_mixed = true;
    return number([](auto) {});
  case 'd':
    facts.log_damaged = true;
    return number([&](auto index) { facts.acknowledged = index; });
  case 'g': {
    auto payload = unseal(family::meta, key, value);
    if (!payload)
      return damaged(payload.error());
    auto config = raft::decode_configuration(std::string(*payload));
    if (!config)
      return damaged(corrupt(family::meta, key, "does not parse"));
    facts.config = std::move(*config);
    facts.has_config = true;
    return;
  }
  default:
    damaged(corrupt(family::meta, key, "a row of no known kind"));
  }
}

void checker::check_meta() {
  auto facts = read_founding(store_);
  if (!facts)
    book_.damaged(family::meta, founding_key, facts.error());
  else if (!*facts)
    book_.contradiction(family::meta, {}, "the founding facts are missing");
  else
    book_.report.facts = std::move(**facts);
  bool has_gaps = false;
  readable_rows at(store_, family::meta, [&](const unreadable_rows& gap) {
    has_gaps = true;
    book_.unreadable(gap);
  });
  for (; at.valid(); at.next()) {
    const std::string_view key = at.key();
    book_.count(family::meta, key, at.value());
    if (key == founding_key || key == cluster_key || key == starts_key)
      continue;  // read_founding has judged them
    if (key.size() == 4 && key[0] == 's') {
      read_slot_fact(key, at.value());
    } else if (key.size() >= 3 && key.starts_with(ring_view_prefix)) {
      read_view_row(key, at.value());
    } else {
      book_.damaged(family::meta, key, corrupt(family::meta, key, "a row of no known kind"));
    }
  }
  close_view(has_gaps);
}

// -- the ring view --------------------------------------------------------------------------------

// A store has one: the meta group's.
void checker::read_view_row(std::string_view key, std::string_view value) {
  if (!view_)
    view_.emplace(*place_of(family::meta, key).slot);
  if (status sound = view_->take(key, value); !sound) {
    view_damaged_ = true;
    book_.damaged(family::meta, key, sound.error());
  }
}

void checker::close_view(bool is_doubtful) {
  if (!view_)
    return;
  view_->close();
  if (!view_->damage())
    book_.report.view = view_->view();
  else if (!view_damaged_ && !is_doubtful && !book_.is_mixed(view_->slot()))
    book_.damaged(family::meta, ring_view_key(view_->slot()), *view_->damage());
}

// -- logs -----------------------------------------------------------------------------------------

void checker::read_log_entry(std::string_view key, std::string_view value) {
  const auto place = read_log_key(key);
  if (!place)
    return book_.damaged(family::log, key, corrupt(family::log, key, "a row of no known kind"));
  slot_summary& log = book_.slot_at(place->slot);
  auto entry = unseal_entry(key, value);
  if (!entry) {
    book_.doubt_log(place->slot);
    book_.damaged(family::log, key, entry.error());
  } else {
    wire::slot_command command;
    if (entry->kind == raft::entry_kind::command &&
        !command.ParseFromArray(entry->payload->data(), static_cast<int>(entry->payload->size())))
      book_.damaged(family::log, key, corrupt(family::log, key, "its command does not parse"));
    if (entry->kind == raft::entry_kind::config && !raft::decode_configuration(*entry->payload))
      book_.damaged(family::log, key, corrupt(family::log, key, "its members do not parse"));
    if (entry->term < log.last_term)
      book_.contradiction(family::log, {place->slot, {}},
                          fmt::format("the term falls from {} to {} at index {}", log.last_term,
                                      entry->term, place->index));
    log.last_term = entry->term;
  }
  // After a trim the entry before the first stays, for its term. Entry 1 is in the log itself.
  if (log.entries == 0)
    log.first_index = place->index > 1 ? place->index + 1 : 1;
  else if (place->index != log.last_index + 1 && !book_.log_in_doubt(place->slot))
    book_.contradiction(family::log, {place->slot, {}},
                        fmt::format("entries {} to {} are missing", log.last_index + 1,
                                    place->index - 1));
  log.last_index = place->index;
  ++log.entries;
}

void checker::check_logs() {
  readable_rows at(store_, family::log,
                   [this](const unreadable_rows& gap) { book_.unreadable(gap); });
  for (; at.valid(); at.next()) {
    book_.count(family::log, at.key(), at.value());
    read_log_entry(at.key(), at.value());
  }
}

// -- slots ----------------------------------------------------------------------------------------

void checker::close_slots() {
  for (auto& [id, slot] : book_.slots) {
    if (slot.entries == 0)
      slot.first_index = slot.last_index + 1;
    const slot_start& facts = slot.facts;
    const bool doubtful =
        book_.log_in_doubt(id) || doubtful_facts_.contains(id) || facts.log_damaged;
    if (!doubtful && facts.applied > slot.last_index)
      book_.contradiction(family::log, {id, {}},
                          fmt::format("the log ends at {}, the tables hold {}", slot.last_index,
                                      facts.applied));
    if (!doubtful && facts.hard.term < slot.last_term)
      book_.contradiction(family::meta, {id, {}},
                          fmt::format("the log has term {}, the vote is of term {}", slot.last_term,
                                      facts.hard.term));
    if (book_.report.facts && id > book_.report.facts->slots)
      book_.contradiction(
          family::meta, {id, {}},
          fmt::format("the store was founded with {} slots", book_.report.facts->slots));
    if (slot.is_held())
      book_.report.slots.push_back(slot);
  }
}

}  // namespace

store_report check_store(const kv& store, const check_options& how) {
  check_book book(how.findings_max);
  checker facts_and_logs(store, book);
  facts_and_logs.check_meta();
  facts_and_logs.check_logs();
  check_tables(store, how, book);
  facts_and_logs.close_slots();
  return std::move(book.report);
}

}  // namespace carillon::storage
