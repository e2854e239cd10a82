// A client of the edge without a network: an I/O thread with the real sessions, a pair of connected
// sockets, and what the gateway was told meanwhile. The thread runs for the life of the process.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::fuzz {

// Each piece is a wait for another thread.
inline constexpr std::size_t pieces_most = 8;

struct edge_trip {
  std::vector<std::string> events;  // what the gateway was told, in words
  std::string answer;               // all bytes that came back
};

// Connects, sends `pieces` one after the other, each when the one before was read, ends the sending
// side and reads to the end. Aborts when the edge does not let go of the connection.
edge_trip talk_to_edge(const std::vector<std::string_view>& pieces);

// Aborts unless `answer` is what HTTP and RFC 6455 let a server send: whole responses, and, behind a
// 101, whole frames of at most one close frame, which is the last. `head_only`: answers to HEAD may be
// among them, which only the connection's owner can tell from others, so nothing is looked at.
void check_answer(std::string_view answer, bool head_only);

}  // namespace carillon::fuzz
