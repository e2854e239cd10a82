// How what stands in ZooKeeper is written: registrations and founding facts as JSON, which an operator
// reads with zkCli; the ring view as compressed bytes, because a table for 1,000 hosts is more than
// ZooKeeper takes in one node otherwise. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/wire/coordination.pb.h"

namespace carillon::wire {

std::string to_text(const founding_record& record);
std::string to_text(const host_registration& host);
// A newer host may say more than we know: that is left out. nullopt: it is none.
std::optional<founding_record> read_founding(std::string_view text);
std::optional<host_registration> read_registration(std::string_view text);

// gzip (RFC 1952), so that other tools can open it.
std::string to_bytes(const view_record& record);
// nullopt: not a record, or one of more than view_bytes_max when it is unpacked.
std::optional<view_record> read_view(std::string_view bytes);

// Above what the largest ring has (16,384 slots, 1,000 hosts: 1.2 MB), far below what would hurt.
inline constexpr std::size_t view_bytes_max = 64u << 20;

}  // namespace carillon::wire
