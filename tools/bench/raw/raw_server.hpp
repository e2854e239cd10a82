// The raw limit: a bare epoll loop, one thread, that sends each post's frame to the members of its
// group with one send() per socket (or, coalesced, one per socket and turn), and, with a journal,
// appends and syncs the posts of a turn before anybody hears of them. No framing, no parsing, no
// allocation per message: what is between it and a host's figures is what the host adds.
#pragma once

#include <functional>

#include "tools/bench/raw/raw_shape.hpp"

namespace carillon::bench {

// Listens on a free port of 127.0.0.1, tells it, and serves until its standard input ends. Throws
// client_error. Exit code 0.
int serve_raw(const raw_shape& shape, const std::function<void(std::uint16_t)>& listening);

} // namespace carillon::bench
