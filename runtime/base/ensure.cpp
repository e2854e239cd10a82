#include "runtime/base/ensure.hpp"

#include <cstdio>
#include <cstdlib>

namespace carillon {

void ensure_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "carillon: invariant broken: %s (%s) at %s:%d\n", message, condition, file,
               line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace carillon
