#include "storage/slot_start.hpp"

#include <algorithm>

#include "runtime/base/logging.hpp"
#include "runtime/raft/membership.hpp"
#include "storage/journal_batch.hpp"
#include "storage/log_store.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

status read_hard_state(const kv& store, slot_id slot, slot_start& start) {
  auto row = get_pair(store, hard_state_key(slot));
  if (!row)
    return row.error();
  if (*row)
    start.hard = {(*row)->at[0], (*row)->at[1]};
  return ok;
}

status read_applied(const kv& store, slot_id slot, slot_start& start) {
  auto row = get_pair(store, applied_key(slot));
  if (!row)
    return row.error();
  if (*row) {
    start.applied = (*row)->at[0];
    start.applied_term = (*row)->at[1];
  }
  return ok;
}

status read_projected(const kv& store, slot_id slot, slot_start& start) {
  auto row = get_number(store, family::meta, projected_key(slot));
  if (!row)
    return row.error();
  start.projected = row->value_or(0);
  return ok;
}

status read_config(const kv& store, slot_id slot, slot_start& start) {
  const auto key = group_config_key(slot);
  auto value = store.get(family::meta, key);
  if (!value)
    return value.error();
  if (!*value)
    return ok;
  auto payload = unseal(family::meta, key, **value);
  if (!payload)
    return payload.error();
  auto config = raft::decode_configuration(std::string(*payload));
  if (!config)
    return corrupt(family::meta, key, "does not parse");
  start.config = std::move(*config);
  start.has_config = true;
  return ok;
}

status read_mixed(const kv& store, slot_id slot, slot_start& start) {
  auto row = get_number(store, family::meta, mixed_key(slot));
  if (!row)
    return row.error();
  start.tables_mixed = row->has_value();
  return ok;
}

status read_log_damage(const kv& store, slot_id slot, slot_start& start) {
  auto row = get_number(store, family::meta, log_damage_key(slot));
  if (!row)
    return row.error();
  start.log_damaged = row->has_value();
  start.acknowledged = row->value_or(0);
  return ok;
}

// -- repairing what can be -------------------------------------------------------------------------

// The log as it can be told from its keys alone.
struct log_ends {
  raft::log_index first = 1;    // of the entries that are kept
  raft::log_index last = 0;
  raft::term_t term_before = 0;
  bool end_known = true;
};

log_ends read_ends(const kv& store, slot_id slot) {
  log_ends ends;
  auto at = store.scan(family::log, slot_prefix(slot));
  at->seek_for_prev(make_log_key(slot, ~0ULL));
  if (at->valid()) {
    if (const auto place = read_log_key(at->key()))
      ends.last = place->index;
  }
  ends.end_known = at->failure().has_value();
  at->seek(make_log_key(slot, 0));
  if (at->valid()) {
    const auto place = read_log_key(at->key());
    auto entry = unseal_entry(at->key(), at->value());
    // After a trim the entry before the first stays, for its term. Entry 1 is in the log itself.
    if (place && place->index > 1) {
      ends.first = place->index + 1;
      ends.term_before = entry ? entry->term : 0;
    }
  }
  return ends;
}

void remember_damage(slot_start& start, raft::log_index acknowledged) {
  start.log_damaged = true;
  start.acknowledged = std::max(start.acknowledged, acknowledged);
}

// All entries after `from`, up to the end of the log; nullopt when one is damaged or missing.
result<std::optional<std::vector<raft::entry>>>
read_entries(const kv& store, slot_id slot, raft::log_index from, raft::log_index last) {
  std::vector<raft::entry> entries;
  auto at = store.scan(family::log, slot_prefix(slot));
  at->seek(make_log_key(slot, from + 1));
  for (auto index = from + 1; index <= last; ++index, at->next()) {
    if (!at->valid() || at->key() != std::string_view(make_log_key(slot, index)))
      break;
    auto entry = unseal_entry(at->key(), at->value());
    if (!entry)
      break;
    entries.push_back(std::move(*entry));
  }
  if (auto scanned = at->failure(); !scanned && !is_damage(scanned.error()))
    return scanned.error();
  if (from + entries.size() < last)
    return std::optional<std::vector<raft::entry>>();
  return std::optional(std::move(entries));
}

// Reads a fact; what is damaged is left to `repair`.
template <class Read, class Repair>
status read_or(Read read, Repair repair, const kv& store, slot_id slot, slot_start& start) {
  auto done = read(store, slot, start);
  if (done)
    return ok;
  if (!is_damage(done.error()))
    return done;
  repair();
  return ok;
}

}  // namespace

result<slot_start> load_slot_start(const kv& store, slot_id slot) {
  slot_start start;
  for (auto read : {read_hard_state, read_applied, read_projected, read_config, read_mixed,
                    read_log_damage})
    if (auto done = read(store, slot, start); !done)
      return done.error();
  return start;
}

result<opened_slot> open_damaged_slot(kv& store, slot_id slot) {
  slot_start start;
  // What the rows say, and which of them have to be written anew.
  bool applied_lost = false;
  bool config_lost = false;
  bool remark = false;
  const auto mark = [&](raft::log_index acknowledged) {
    remember_damage(start, acknowledged);
    remark = true;
  };
  const auto read_all = [&]() -> status {
    if (auto done = read_or(read_log_damage, [&] { mark(never_whole); }, store, slot, start); !done)
      return done;
    if (auto done = read_or(read_hard_state, [&] { mark(never_whole); }, store, slot, start); !done)
      return done;
    if (auto done = read_or(read_applied, [&] { applied_lost = true; }, store, slot, start); !done)
      return done;
    if (auto done = read_or(read_mixed, [&] { start.tables_mixed = true; }, store, slot, start);
        !done)
      return done;
    // From the log's beginning, then: a projection may be made twice.
    if (auto done = read_or(read_projected, [&] { start.projected = 0; }, store, slot, start); !done)
      return done;
    return read_or(read_config, [&] { config_lost = true; }, store, slot, start);
  };
  if (auto done = read_all(); !done)
    return done.error();

  journal_write repair;
  repair.slot = slot;
  if (config_lost) {  // a pull brings it, and no log is whole before the tables are
    mark(read_ends(store, slot).last);
    start.tables_mixed = true;
    repair.mixed = true;
  }
  if (applied_lost) {
    const log_ends ends = read_ends(store, slot);
    start.tables_mixed = true;
    start.applied = ends.first - 1;
    start.applied_term = ends.term_before;
    repair.mixed = true;
    repair.applied = start.applied;
    repair.applied_term = start.applied_term;
  }
  auto log = log_store::open(store, slot, start);
  if (!log && !is_damage(log.error()))
    return log.error();
  if (!log) {
    const log_ends ends = read_ends(store, slot);
    auto rest = read_entries(store, slot, start.applied, ends.last);
    if (!rest)
      return rest.error();
    repair.restart = log_restart{start.applied, start.applied_term};
    if (*rest && ends.end_known && ends.last >= start.applied)
      repair.entries = std::move(**rest);  // the damage lies before what the tables lack
    else
      mark(ends.end_known ? std::max(ends.last, start.applied) : never_whole);
    log_error("storage", "slot {}: the log is damaged ({}); {}", slot, log.error().detail,
              start.log_damaged ? "this replica does not vote until it is whole again"
                                : "what is left of it suffices");
  }
  if (remark || repair.restart || repair.mixed) {
    if (start.log_damaged)
      repair.log_damage = start.acknowledged;
    journal_batch batch(store);
    batch.add(repair);
    if (auto written = store.write(batch.rows(), true); !written)
      return written.error();
  }
  if (!log) {
    log = log_store::open(store, slot, start);
    if (!log)
      return log.error();
  }
  // A lost term was at least that of the log.
  const auto last_term = (*log)->term_of((*log)->last_index());
  start.hard.term = std::max({start.hard.term, start.applied_term, last_term.value_or(0)});
  return opened_slot{std::move(start), std::move(*log)};
}

}  // namespace carillon::storage
