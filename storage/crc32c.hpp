// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds every flipped bit, byte and burst of up to 32
// bits in a record. The values are on disk. With SSE 4.2 by instruction, elsewhere by table.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::storage {

// Goes on from `before`, the value of the bytes that came earlier (0: none).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The table's way, which every machine has; the tests compare the two.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);

}  // namespace carillon::storage
