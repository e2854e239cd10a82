// The ring view on this host's disk: a row for each member, place and move, and a head with the rest
// (keys.hpp), so that a delta writes what it changes and not the table. What stands in the store is known
// here: it is read once, and a change writes only rows that differ.
//
// A change is whole or not there at all: its rows go into one batch, and the head, which is of every change,
// counts the rows and sums up their seals. So rows that are missing, or of another time, are no view.
//
// A head that is a whole view was written by a program that had no other rows; the next change puts it into
// rows. That program takes the head of ours for a view without a table that came with a newer version, and
// refuses to start among others (runtime/wire/schema.hpp).
// Pulled views travel in that form too, in one row (slot_range.hpp).
// One owner at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "storage/kv.hpp"

namespace carillon::storage {

// The newest ring view that was applied here; generation 0: none yet.
result<wire::ring_view> load_ring_view(const kv& store, slot_id meta_slot);

class ring_view_rows {
public:
  explicit ring_view_rows(slot_id meta_slot) : slot_(meta_slot) {}

  // -- reading --
  // Error: the store cannot be read. Rows that make no view are damage().
  status load(const kv& store);
  // The same row by row, in the order of their keys; error: this one is damaged.
  status take(std::string_view key, std::string_view value);
  void close();  // that was the last

  slot_id slot() const { return slot_; }
  const wire::ring_view& view() const { return view_; }  // generation 0: none, or damage()
  // What is wrong with the rows. replace() puts them in order, and that is the only way.
  const std::optional<error>& damage() const { return damage_; }
  bool is_empty() const { return !has_head_ && rows_.empty(); }

  // -- writing --
  // The rows that make `next` out of what stands there; generation 0: nothing is left.
  void replace(const wire::ring_view& next, write_batch& to);
  // False, and nothing is written: the delta does not follow (runtime/ring/ring_delta.hpp).
  // REQUIRES: no damage().
  bool change(const wire::ring_delta& delta, write_batch& to);

private:
  struct numbered_move {
    std::uint64_t number = 0;
    wire::replica_move move;
  };

  status take_row(std::string_view key, std::string_view value);
  std::string key_of(char letter, std::uint64_t number) const;
  template <class Message>
  void put(const std::string& key, const Message& row, write_batch& to);
  void erase(const std::string& key, write_batch& to);
  void put_moves(write_batch& to);
  void put_head(write_batch& to);

  const slot_id slot_;
  wire::ring_view view_;
  std::map<std::string, std::uint32_t> rows_;  // all but the head: their seals, by key
  std::uint64_t sum_ = 0;                      // of these seals
  std::vector<numbered_move> moves_;           // as their rows are; numbers rise
  bool has_head_ = false;
  bool in_rows_ = false;  // the head is ours
  std::uint64_t rows_said_ = 0, sum_said_ = 0;  // by the head
  std::optional<error> damage_;
  std::string value_;  // one buffer for all payloads
};

}  // namespace carillon::storage
