// Every record of a store, read and judged: what a data folder holds, and what of it is damaged. For
// looking at a folder that no host runs on; nothing is repaired and nothing is written.
//
// Found is: a record whose seal does not fit or whose meaning does not parse, rows that cannot be read
// (bad blocks), an entry missing in a log, a seq missing in a channel, a ts that does not rise, an
// index that points nowhere, a slot whose facts contradict its log. Tables that are being pulled
// (mixed) hold rows of different times: there only the records themselves are judged.
// Reads; blocks on the disk for as long as the store is large. Memory: per slot, not per channel.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/wire/event.pb.h"
#include "storage/founding.hpp"
#include "storage/slot_start.hpp"

namespace carillon::storage {

// One damaged record, stretch of rows, or contradiction.
struct finding {
  enum class kind : std::uint8_t { record, unreadable, contradiction };
  kind what = kind::record;
  family where = family::meta;
  std::optional<slot_id> slot;  // none: not a slot's, or of several
  std::string entity;           // "channel/C…", "user/U…", or empty
  std::string words;            // which record, and what is wrong with it
};

struct channel_summary {
  entity_id id;
  slot_id slot = 0;
  std::optional<wire::channel_facts> facts;
  std::uint64_t last_seq = 0;
  timestamp last_ts = 0;
  std::uint64_t events = 0;
  std::uint64_t messages = 0;  // of the events
  std::uint64_t members = 0;
};

struct slot_summary {
  slot_id slot = 0;
  slot_start facts;            // as far as they can be read
  raft::log_index first_index = 1;  // of the entries that are kept; last_index + 1: none
  raft::log_index last_index = 0;
  raft::term_t last_term = 0;
  std::uint64_t entries = 0;
  std::uint64_t channels = 0;
  std::uint64_t users = 0;
  std::uint64_t events = 0;

  bool is_held() const {
    return entries != 0 || facts.has_config || facts.applied != 0 || facts.hard.term != 0 ||
           channels != 0 || users != 0;
  }
};

struct store_report {
  std::optional<founding> facts;        // none: damaged, and found
  std::optional<wire::ring_view> view;  // as this host knew it last
  std::vector<slot_summary> slots;      // those that this store holds; the last may be the meta group's
  std::array<std::uint64_t, family_count> records{};
  std::array<std::uint64_t, family_count> bytes{};  // keys and values
  std::vector<finding> findings;        // the first findings_max
  std::uint64_t found = 0;              // all of them
};

struct check_options {
  std::size_t findings_max = 1'000;
  std::function<void(const channel_summary&)> on_channel;  // each, by slot and id; may be empty
};

store_report check_store(const kv& store, const check_options& how);

}  // namespace carillon::storage
