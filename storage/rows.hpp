// Reading sealed rows of the tables: what message_store, log_store and founding share. A record
// that fails its checksum or does not parse leaves as corrupt_record. Pure reads; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "storage/keys.hpp"
#include "storage/record.hpp"

namespace carillon::storage {

inline bool is_damage(const error& why) {
  return why.code == errc::corrupt_record;
}

template <class Message>
result<Message> parse_row(family where, std::string_view key, std::string_view value) {
  auto payload = unseal(where, key, value);
  if (!payload)
    return payload.error();
  Message row;
  if (!row.ParseFromArray(payload->data(), static_cast<int>(payload->size())))
    return corrupt(where, key, "does not parse");
  return row;
}

template <class Message>
result<std::optional<Message>> get_row(const kv& store, family where, std::string_view key) {
  auto value = store.get(where, key);
  if (!value)
    return value.error();
  if (!*value)
    return std::optional<Message>();
  auto row = parse_row<Message>(where, key, **value);
  if (!row)
    return row.error();
  return std::optional<Message>(std::move(*row));
}

inline result<std::optional<std::uint64_t>> get_number(const kv& store, family where,
                                                       std::string_view key) {
  auto value = store.get(where, key);
  if (!value)
    return value.error();
  if (!*value)
    return std::optional<std::uint64_t>();
  auto row = unseal_number(where, key, **value);
  if (!row)
    return row.error();
  return std::optional(row->at[0]);
}

inline result<std::optional<numbers<2>>> get_pair(const kv& store, std::string_view key) {
  auto value = store.get(family::meta, key);
  if (!value)
    return value.error();
  if (!*value)
    return std::optional<numbers<2>>();
  auto row = unseal_pair(family::meta, key, **value);
  if (!row)
    return row.error();
  return std::optional(*row);
}

// The Protobuf rows under one prefix, in the order of their keys.
template <class Message>
result<std::vector<Message>> get_rows(const kv& store, family where, std::string_view prefix) {
  std::vector<Message> rows;
  auto at = store.scan(where, prefix);
  for (at->seek(prefix); at->valid(); at->next()) {
    auto row = parse_row<Message>(where, at->key(), at->value());
    if (!row)
      return row.error();
    rows.push_back(std::move(*row));
  }
  if (auto scanned = at->failure(); !scanned)
    return scanned.error();
  return rows;
}

}  // namespace carillon::storage
