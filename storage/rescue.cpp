#include "storage/rescue.hpp"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/base/logging.hpp"
#include "storage/journal_batch.hpp"
#include "storage/rows.hpp"
#include "storage/slot_range.hpp"
#include "storage/slot_start.hpp"

namespace carillon::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t batch_max_bytes = 4u << 20;
constexpr std::size_t founding_slots_at = 16;  // in the founding row: format:8 store id:8 slots:8

// Copies rows and slots of one store into another.
class copier {
public:
  copier(const kv& from, kv& to) : from_(from), to_(to), rows_(to.make_batch()) {}

  result<rescue_report> run();

private:
  result<std::uint32_t> copy_founding();
  status copy_slot(slot_id slot);
  // A row of family meta; what cannot be read becomes a row that no seal fits.
  status copy_fact(std::string_view key, bool& lost);
  // False: something in it cannot be read.
  result<bool> copy_tables(slot_id slot, family where);
  // From the first key at or after `key`; false: not to the end.
  result<bool> copy_log(slot_id slot, std::string_view key);
  status copy_log_or_mark(slot_id slot);
  status mark_mixed(slot_id slot);
  status mark_log_damage(slot_id slot, const result<std::optional<numbers<2>>>& applied_row);
  status put(family where, std::string_view key, std::string_view value);
  status write(bool sync);
  status carry_out(const journal_write& what);

  const kv& from_;
  kv& to_;
  std::unique_ptr<write_batch> rows_;
  rescue_report report_;
};

status copier::put(family where, std::string_view key, std::string_view value) {
  rows_->put(where, key, value);
  ++report_.rows_copied;
  return rows_->bytes() < batch_max_bytes ? status(ok) : write(false);
}

status copier::write(bool sync) {
  auto written = to_.write(*rows_, sync);
  rows_->clear();
  return written;
}

status copier::carry_out(const journal_write& what) {
  if (auto before = write(false); !before)
    return before;
  journal_batch batch(to_);
  batch.add(what);
  return to_.write(batch.rows(), false);
}

result<std::uint32_t> copier::copy_founding() {
  auto facts = from_.get(family::meta, founding_key);
  if (!facts)
    return facts.error();
  if (!*facts)
    return corrupt(family::meta, founding_key, "missing");
  auto payload = unseal(family::meta, founding_key, **facts);
  if (!payload)
    return payload.error();
  if (payload->size() != founding_slots_at + 8)
    return corrupt(family::meta, founding_key, "unexpected length");
  const auto slots = static_cast<std::uint32_t>(get_u64(payload->data() + founding_slots_at));
  if (auto done = put(family::meta, founding_key, **facts); !done)
    return done.error();
  for (std::string_view key : {cluster_key, starts_key}) {
    auto row = from_.get(family::meta, key);
    if (!row)
      return row.error();
    if (!*row)
      continue;
    if (auto sound = unseal(family::meta, key, **row); !sound)
      return sound.error();
    if (auto done = put(family::meta, key, **row); !done)
      return done.error();
  }
  return slots;
}

status copier::copy_fact(std::string_view key, bool& lost) {
  auto value = from_.get(family::meta, key);
  if (!value && !is_damage(value.error()))
    return value.error();
  lost = !value;
  if (value && !*value)
    return ok;
  return put(family::meta, key, value ? std::string_view(**value) : std::string_view());
}

result<bool> copier::copy_tables(slot_id slot, family where) {
  const std::string span = slot_span(slot, where);
  auto at = from_.scan(where, span);
  for (at->seek(span); at->valid(); at->next()) {
    if (!unseal(where, at->key(), at->value()))
      return false;
    if (auto done = put(where, at->key(), at->value()); !done)
      return done.error();
  }
  auto scanned = at->failure();
  if (!scanned && !is_damage(scanned.error()))
    return scanned.error();
  return scanned.has_value();
}

result<bool> copier::copy_log(slot_id slot, std::string_view key) {
  auto at = from_.scan(family::log, slot_prefix(slot));
  for (at->seek(key); at->valid(); at->next())
    if (auto done = put(family::log, at->key(), at->value()); !done)
      return done.error();
  auto scanned = at->failure();
  if (!scanned && !is_damage(scanned.error()))
    return scanned.error();
  return scanned.has_value();
}

status copier::copy_log_or_mark(slot_id slot) {
  auto whole = copy_log(slot, slot_prefix(slot));
  if (!whole || *whole)
    return whole ? status(ok) : status(whole.error());
  // What the tables hold already is not needed: the rest may be sound.
  auto row = get_pair(from_, applied_key(slot));
  if (row && *row) {
    auto rest = copy_log(slot, make_log_key(slot, (*row)->at[0]));
    if (!rest || *rest)
      return rest ? status(ok) : status(rest.error());
  }
  return mark_log_damage(slot, row);
}

status copier::mark_log_damage(slot_id slot, const result<std::optional<numbers<2>>>& applied_row) {
  ++report_.logs_damaged;
  journal_write mark;
  mark.slot = slot;
  mark.restart = log_restart{};
  if (applied_row && *applied_row)
    mark.restart = log_restart{(*applied_row)->at[0], (*applied_row)->at[1]};
  else if (!applied_row)
    mark.mixed = true;  // nobody knows what the tables hold
  auto at = from_.scan(family::log, slot_prefix(slot));
  at->seek_for_prev(make_log_key(slot, ~0ULL));
  const auto last = at->valid() ? read_log_key(at->key()) : std::nullopt;
  const auto marked = get_number(from_, family::meta, log_damage_key(slot));  // by an earlier damage
  mark.log_damage = never_whole;
  if (last && marked)
    mark.log_damage = std::max({last->index, mark.restart->index, marked->value_or(0)});
  return carry_out(mark);
}

status copier::mark_mixed(slot_id slot) {
  ++report_.slots_mixed;
  journal_write mark;
  mark.slot = slot;
  mark.mixed = true;
  return carry_out(mark);
}

status copier::copy_slot(slot_id slot) {
  bool hard_lost = false;
  bool lost = false;
  if (auto done = copy_fact(hard_state_key(slot), hard_lost); !done)
    return done;
  report_.hard_states_lost += hard_lost;
  for (const auto& key :
       {applied_key(slot), projected_key(slot), first_index_key(slot), group_config_key(slot),
        mixed_key(slot), log_damage_key(slot)})
    if (auto done = copy_fact(key, lost); !done)
      return done;
  bool readable = true;
  for (family where : pulled_families) {
    auto whole = copy_tables(slot, where);
    if (!whole)
      return whole.error();
    readable = readable && *whole;
  }
  if (!readable)
    if (auto marked = mark_mixed(slot); !marked)
      return marked;
  return copy_log_or_mark(slot);
}

result<rescue_report> copier::run() {
  auto slots = copy_founding();
  if (!slots)
    return slots.error();
  for (std::uint32_t slot = 0; slot <= *slots; ++slot)  // the last is the meta group's
    if (auto done = copy_slot(static_cast<slot_id>(slot)); !done)
      return done.error();
  if (auto done = write(true); !done)
    return done.error();
  return report_;
}

// -- folders ---------------------------------------------------------------------------------------

std::string fresh_folder_of(const std::string& folder) {
  return folder + ".rescued";
}
std::string old_folder_of(const std::string& folder) {
  return folder + ".old";
}

void sync_folder(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0)
    return;
  if (::fsync(file) != 0)
    log_warn("storage", "cannot sync {}", folder.string());
  ::close(file);
}

// The swap, from wherever a crash left it. The old folder moves away only when the fresh one is
// complete, so a missing folder beside a fresh one means: go on.
status finish_swap(const std::string& folder) {
  const std::string fresh = fresh_folder_of(folder);
  const std::string old = old_folder_of(folder);
  std::error_code failed;
  if (!fs::exists(folder) && fs::exists(old) && fs::exists(fresh))
    fs::rename(fresh, folder, failed);
  if (failed)
    return make_error(errc::io_error, folder + ": " + failed.message());
  sync_folder(fs::path(folder).parent_path());
  fs::remove_all(old, failed);    // what is left behind only costs space
  fs::remove_all(fresh, failed);  // a copy that was not finished
  return ok;
}

status rescue_folder(const std::string& folder, const rocks_kv::options& how) {
  const std::string fresh = fresh_folder_of(folder);
  log_warn("storage", "{} is damaged: what can be read is copied, the rest will be pulled from the "
           "other hosts", folder);
  {
    auto from = rocks_kv::open_read_only(folder, how);
    if (!from)
      return from.error();
    auto to = rocks_kv::open(fresh, how);
    if (!to)
      return to.error();
    auto done = rescue(**from, **to);
    if (!done)
      return done.error();
    log_warn("storage", "rescued {} rows; tables of {} slots are to be pulled, {} logs are damaged, "
             "{} votes are lost{}", done->rows_copied, done->slots_mixed, done->logs_damaged,
             done->hard_states_lost,
             done->hard_states_lost ? ": replace this host by one with an empty data folder" : "");
  }
  sync_folder(fresh);
  sync_folder(fs::path(folder).parent_path());
  std::error_code failed;
  fs::rename(folder, old_folder_of(folder), failed);
  if (failed)
    return make_error(errc::io_error, folder + ": " + failed.message());
  return finish_swap(folder);
}

}  // namespace

result<rescue_report> rescue(const kv& from, kv& to) {
  return copier(from, to).run();
}

result<std::unique_ptr<kv>> open_or_rescue(const std::string& folder,
                                           const rocks_kv::options& how) {
  if (auto finished = finish_swap(folder); !finished)
    return finished.error();
  if (!fs::exists(rocks_kv::damage_mark_of(folder))) {
    auto opened = rocks_kv::open(folder, how);
    if (opened || !is_damage(opened.error()))
      return opened;
    log_error("storage", "{}", opened.error().describe());
  }
  if (auto rescued = rescue_folder(folder, how); !rescued)
    return rescued.error();
  return rocks_kv::open(folder, how);
}

}  // namespace carillon::storage
