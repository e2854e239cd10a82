// How much memory this process may take: what the machine has, or less where a container or another
// control group says so (cgroups(7), both versions). Read when asked; some hundred microseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace carillon {

// The smallest limit of the control groups that this process is in; nullopt: none of them has one.
// `root`: where proc/ and sys/ are, "/" but in tests.
std::optional<std::uint64_t> memory_limit_of_groups(const std::string& root = "/");

// The smaller of that and the machine's memory, in bytes; 0: neither can be read.
std::uint64_t memory_available();

// What the process has in the machine's memory now, in bytes; 0: cannot be read. Some microseconds.
std::uint64_t resident_bytes();

}  // namespace carillon
