// Channels by the million, written into the data folder of a single host that is stopped: exactly
// the rows that creating each and posting once would have left in its tables, by the same function
// that writes them there, in the order of their keys. Their slots' logs know nothing of them, so the
// folder is good for a host that is alone only; and they stand in no catalogue, where they would be
// found by name (a table on disk that opening a channel by its id never reads). Blocks; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::bench {

struct bulk_order {
  std::string data; // folder of the stopped host
  entity_id team;
  const std::vector<client::worker>* owners = nullptr; // each has its share, evenly
  std::size_t channels = 0;
  std::size_t text_bytes = 200;
};

// Their ids, in the order in which they were dealt to the owners: the i-th is of owner_of(i).
// Throws client_error.
std::vector<entity_id> write_channels(const bulk_order& what);

inline std::size_t owner_of(std::size_t channel, std::size_t channels, std::size_t owners) {
  return channel * owners / channels;
}

} // namespace carillon::bench
