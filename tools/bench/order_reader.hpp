// The orders of the process that started this one: lines at the standard input. One thread.
#pragma once

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace carillon::bench {

class order_reader {
public:
  // When the input is readable: the lines that are whole by now, perhaps none. nullopt: it has ended.
  std::optional<std::vector<std::string>> read() {
    char room[65'536];
    ssize_t got = ::read(STDIN_FILENO, room, sizeof room);
    std::vector<std::string> orders;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      return orders;
    if (got <= 0)
      return std::nullopt;
    unread_.append(room, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1)
      orders.push_back(unread_.substr(begin, end - begin));
    unread_.erase(0, begin);
    return orders;
  }

private:
  std::string unread_;
};

} // namespace carillon::bench
