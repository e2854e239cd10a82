#include "storage/journal_batch.hpp"

#include "runtime/base/ensure.hpp"
#include "runtime/raft/membership.hpp"
#include "storage/keys.hpp"
#include "storage/message_store.hpp"
#include "storage/rows.hpp"
#include "storage/slot_range.hpp"

namespace carillon::storage {

journal_batch::journal_batch(kv& store) : store_(store), rows_(store.make_batch()) {}

bool journal_batch::takes(const journal_write& what) const {
  return what.chunks.empty() || is_empty_;
}

bool journal_batch::add(const journal_write& what) {
  ENSURE(takes(what), "pulled rows meet a store that holds everything gathered before them");
  is_empty_ = false;
  if (what.hard)
    put_pair(hard_state_key(what.slot), what.hard->term, what.hard->vote);
  if (what.restart)
    restart_log(what.slot, *what.restart);
  add_entries(what.slot, what.entries);
  if (what.config) {
    value_ = *raft::encode_configuration(*what.config);
    put_sealed(family::meta, group_config_key(what.slot));
  }
  if (what.mixed && *what.mixed)
    put_number(mixed_key(what.slot), 1);
  if (what.mixed && !*what.mixed)
    rows_->erase(family::meta, mixed_key(what.slot));
  for (const chunk_write& chunk : what.chunks)
    add_chunk(what.slot, chunk);
  for (const auto& command : what.commands) {
    apply_command(*rows_, what.slot, *command);
    if (command->has_meta())
      change_view(what.slot, command->meta());
  }
  if (what.applied != 0)
    put_pair(applied_key(what.slot), what.applied, what.applied_term);
  if (what.projected != 0)
    put_number(projected_key(what.slot), what.projected);
  add_trim(what.slot, what.trim_before);
  if (what.log_damage && *what.log_damage != 0)
    put_number(log_damage_key(what.slot), *what.log_damage);
  if (what.log_damage && *what.log_damage == 0)
    rows_->erase(family::meta, log_damage_key(what.slot));
  return what.hard || what.restart || !what.entries.empty() || what.mixed || what.log_damage;
}

void journal_batch::restart_log(slot_id slot, const log_restart& where) {
  // An empty entry stands where the log was cut off, as the last one does after a trim: its term is
  // what term_of(first_index - 1) answers.
  rows_->erase_range(family::log, make_log_key(slot, 0), make_log_key(slot, ~0ULL));
  if (where.index != 0) {
    value_.clear();
    append_entry(value_, {where.term, where.index, raft::entry_kind::noop, nullptr});
    put_sealed(family::log, make_log_key(slot, where.index));
  }
  put_number(first_index_key(slot), where.index + 1);
  put_pair(applied_key(slot), where.index, where.term);
  log_of(slot) = {.last = where.index, .trimmed_before = where.index + 1};
}

void journal_batch::add_entries(slot_id slot, const std::vector<raft::entry>& entries) {
  if (entries.empty())
    return;
  auto& log = log_of(slot);
  // They replace what follows them. After a start nobody knows what that is: once per slot.
  const auto from = entries.front().index;
  if (log.last == 0 || from <= log.last)
    rows_->erase_range(family::log, make_log_key(slot, from), make_log_key(slot, ~0ULL));
  for (const raft::entry& entry : entries) {
    value_.clear();
    append_entry(value_, entry);
    put_sealed(family::log, make_log_key(slot, entry.index));
  }
  log.last = entries.back().index;
}

void journal_batch::add_chunk(slot_id slot, const chunk_write& what) {
  if (what.where == family::meta) {
    ENSURE(what.after_key.empty() && what.chunk.last(), "a ring view comes whole");
    return pull_view(slot, what.chunk);
  }
  const std::string span = slot_span(slot, what.where);
  const auto& rows = what.chunk.rows();
  // Both run through the span in the order of keys: what is stored and not listed goes.
  auto stored = store_.scan(what.where, span);
  stored->seek(what.after_key);
  if (stored->valid() && stored->key() == what.after_key)
    stored->next();
  auto listed = rows.begin();
  for (; stored->valid(); stored->next()) {
    while (listed != rows.end() && listed->key() < stored->key())
      ++listed;
    if (listed == rows.end() && !what.chunk.last())
      break;
    if (listed == rows.end() || listed->key() != stored->key())
      rows_->erase(what.where, stored->key());
  }
  // Which rows stand behind a bad block nobody knows: the store is rescued at the next start.
  if (auto scanned = stored->failure(); !scanned && !failure_)
    failure_ = scanned.error();
  for (const wire::chunk_row& row : rows) {
    ENSURE(row.key().starts_with(span), "a pulled row belongs to the slot it was asked for");
    rows_->put(what.where, row.key(), row.value());
  }
}

// It comes whole in one row, or there is none.
void journal_batch::pull_view(slot_id slot, const wire::chunk& pulled) {
  wire::ring_view view;
  for (const wire::chunk_row& row : pulled.rows()) {
    auto parsed = parse_row<wire::ring_view>(family::meta, row.key(), row.value());
    ENSURE(parsed.has_value(), "a pulled ring view was looked at before");
    view = std::move(*parsed);
  }
  ring_view_rows& stored = view_of(slot);
  const bool had_none = stored.is_empty();
  stored.replace(view, *rows_);
  if (had_none && stored.is_empty())
    views_.erase(slot);  // any slot but the meta group's, when it is erased
}

void journal_batch::change_view(slot_id slot, const wire::meta_change& change) {
  if (change.has_view())
    view_of(slot).replace(change.view(), *rows_);
  if (!change.has_delta())
    return;
  ring_view_rows& stored = view_of(slot);
  // One that does not follow is of a leader that did not know of another's: nobody takes it
  // (actors/ring/meta_actor).
  if (!stored.damage())
    stored.change(change.delta(), *rows_);
  else if (!failure_)
    failure_ = stored.damage();
}

// Which rows stand behind a bad block nobody knows: the store is rescued at the next start.
ring_view_rows& journal_batch::view_of(slot_id slot) {
  auto [at, is_new] = views_.try_emplace(slot, slot);
  if (is_new)
    if (status read = at->second.load(store_); !read && !failure_)
      failure_ = read.error();
  return at->second;
}

void journal_batch::add_trim(slot_id slot, raft::log_index before) {
  auto& log = log_of(slot);
  if (before <= 1 || before <= log.trimmed_before)
    return;
  // From where the last trim ended, so that range tombstones do not pile up over one another.
  const auto from = log.trimmed_before == 0 ? 0 : log.trimmed_before - 1;
  rows_->erase_range(family::log, make_log_key(slot, from), make_log_key(slot, before - 1));
  log.trimmed_before = before;
  put_number(first_index_key(slot), before);
}

void journal_batch::put_number(std::string_view key, std::uint64_t number) {
  value_.clear();
  append_u64(value_, number);
  put_sealed(family::meta, key);
}

void journal_batch::put_pair(std::string_view key, std::uint64_t first, std::uint64_t second) {
  value_.clear();
  append_u64(value_, first);
  append_u64(value_, second);
  put_sealed(family::meta, key);
}

void journal_batch::put_sealed(family where, std::string_view key) {
  seal(where, key, value_);
  rows_->put(where, key, value_);
}

journal_batch::written_log& journal_batch::log_of(slot_id slot) {
  if (slot >= logs_.size())
    logs_.resize(slot + 1u);
  return logs_[slot];
}

}  // namespace carillon::storage
