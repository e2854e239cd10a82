// Where commands of `carillon bench` end: what went wrong is told to people, and is an exit code.
#pragma once

#include <exception>
#include <functional>
#include <iostream>

namespace carillon::bench {

// `work`'s exit code; what it throws is told on stderr and is 1.
inline int guarded(const std::function<int()>& work) {
  try {
    return work();
  } catch (const std::exception& failure) {
    std::cerr << "carillon bench: " << failure.what() << '\n';
    return 1;
  }
}

} // namespace carillon::bench
