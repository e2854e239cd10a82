// Where clients of a host on this machine come from: 127.0.0.1, 127.0.0.2 and so on, 2,000 of them from
// each. Ports of one address run short, with those that wait after a break, and long before that
// connect() spends most of its time looking for a free one. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "tools/client/stream.hpp"

namespace carillon::bench {

// As endpoint::from; empty for a host elsewhere.
inline std::string local_address(const client::endpoint& host, std::size_t client) {
  constexpr std::size_t of_each = 2'000, addresses = 250;
  if (!host.host.starts_with("127."))
    return {};
  return "127.0.0." + std::to_string(1 + client / of_each % addresses);
}

} // namespace carillon::bench
