// The disk of a simulated host: the semantics of rocks_kv on one thread, fast, and everything that
// can go wrong with a disk, drawn from the simulator's chance or asked for.
//
//   loss of power   what was written since the last sync survives as a prefix of its batches: each
//                   batch whole or not at all, and none after one that is gone (a write-ahead log
//                   read up to its first torn record)
//   failure         writes fail from now on, or after so many; the store stays down (as rocks_kv
//                   does) until the host restarts; a full disk fails again after the restart
//   rot             a bit of a stored value is another one; the seals have to catch it
//
// To model a sync that was under way when the power failed: write(batch, false), then crash().
//
// One thread. Cursors see the moment of their making; a family is copied when it is written to while
// a cursor on it lives, and never otherwise.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/random.hpp"
#include "storage/map_cursor.hpp"

namespace carillon::storage {

class simulated_disk final : public kv {
public:
  simulated_disk();
  ~simulated_disk() override;
  simulated_disk(const simulated_disk&) = delete;
  simulated_disk& operator=(const simulated_disk&) = delete;

  result<std::optional<std::string>> get(family where, std::string_view key) const override;
  std::unique_ptr<cursor> scan(family where, std::string_view prefix) const override;
  std::unique_ptr<write_batch> make_batch() const override;
  status write(write_batch& batch, bool sync) override;
  std::uint64_t memory_bytes() const override;

  // -- what goes wrong --
  // The power fails and comes back: of the batches since the last sync, so many survive as chance
  // says (all and none included), or the first `surviving` of them. Writing works again, unless the
  // disk is full.
  void crash(random_source& random);
  void crash(std::size_t surviving);
  // The process ends and comes back, the machine does not: every batch is there. Writing works
  // again, unless the disk is full.
  void restart();
  std::size_t unsynced_batches() const { return unsynced_.size(); }

  // The write after `good` more ones fails, and so does every later one until the restart.
  void fail_after(std::uint64_t good = 0) { good_writes_left_ = good; }
  // While full, every write fails, and the store stays down until a restart without it.
  void set_full(bool full) { full_ = full; }
  bool is_down() const { return down_; }

  // Flips one bit of a stored value. False: no such key, or nothing at `at`.
  bool flip_bit(family where, std::string_view key, std::size_t at = 0);
  // Of a row by chance whose key starts with `prefix`. nullopt: there is none. The key, for the
  // trace.
  std::optional<std::string> rot(family where, std::string_view prefix, random_source& random);

  // Over everything: equal stores have equal ones.
  std::uint64_t fingerprint() const;

private:
  struct operation;
  struct undo;
  class batch;

  void apply(const operation& what, std::vector<undo>* back);  // null: for good
  void take_back(std::vector<undo>& batch);

  std::array<std::shared_ptr<row_map>, family_count> families_;
  std::vector<std::vector<undo>> unsynced_;  // one per batch, oldest first
  std::optional<std::uint64_t> good_writes_left_;
  bool full_ = false;
  bool down_ = false;
};

}  // namespace carillon::storage
