// Numbers as people read them, and colours. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::inspect {

// How a picture is shown: a pipe gets neither colours nor anything that depends on a width.
struct look {
  bool colour = false;
  std::size_t width = 80;
};

std::string duration_text(std::uint64_t micros);  // "0.8 ms", "12 ms", "3.4 s", "5 min", "3 h", "2 d"
std::string bytes_text(std::uint64_t bytes);      // "812 B", "3.4 KB", "1.2 MB", "2.0 GB"
std::string rate_text(double per_second);         // "0", "0.4", "12.3", "1234"
// "2026-11-22 05:55:01" in UTC; 0: "-".
std::string clock_text(std::uint64_t micros);
std::string count_text(std::uint64_t number, std::string_view one, std::string_view many);
std::string join(const std::vector<std::string>& words, std::string_view between = " ");
// C0 control characters and DEL, which could move a terminal's cursor, are shown as "·".
std::string harmless(std::string_view text);

// The hosts' colours, in their order; they repeat after six.
std::string coloured(std::string_view text, std::size_t host, const look& how);
std::string warning(std::string_view text, const look& how);
std::string quiet(std::string_view text, const look& how);

// "  name      value" lines, aligned; those without a value are left out.
std::string facts_text(const std::vector<std::pair<std::string, std::string>>& facts);

// How much of what it takes of clients' connections is free: "98%"; "-" when it does not say.
std::string free_text(std::uint64_t connections, std::uint64_t limit);

}  // namespace carillon::inspect
