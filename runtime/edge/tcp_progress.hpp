// How far a connection's peer has come, as the kernel knows. Any thread.
#pragma once

#include <cstdint>

namespace carillon::edge {

struct tcp_progress {
  std::uint32_t acknowledged = 0;  // bytes since it opened, modulo 2^32
  std::uint32_t on_the_way = 0;    // bytes with the kernel that are not
};
// Two system calls. Zeros where the kernel says nothing. `socket`: a file descriptor.
tcp_progress look_at_progress(int socket);

}  // namespace carillon::edge
