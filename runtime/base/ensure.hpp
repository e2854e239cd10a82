// ENSURE(condition, "what must hold"): an invariant that only our own mistake can break. It stays
// on in release builds and stops the process: a stopped host is moved away from, a wrong one
// spreads. Never for input from users, disks or peers: those get an errc (result.hpp).
#pragma once

namespace carillon {

[[noreturn]] void ensure_failed(const char* condition, const char* message, const char* file,
                                int line);

}  // namespace carillon

#define ENSURE(condition, message)                                                                \
  do {                                                                                             \
    if (!(condition)) [[unlikely]]                                                                 \
      ::carillon::ensure_failed(#condition, message, __FILE__, __LINE__);                          \
  } while (false)
