#include "runtime/base/ensure.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "runtime/base/ensure_handler.hpp"

namespace carillon {
namespace {

std::atomic<ensure_handler> on_failure{nullptr};

}  // namespace

void set_ensure_handler(ensure_handler handler) {
  on_failure = handler;
}

void ensure_failed(const char* condition, const char* message, const char* file, int line) {
  if (ensure_handler handler = on_failure)
    handler(condition, message, file, line);
  std::fprintf(stderr, "carillon: invariant broken: %s (%s) at %s:%d\n", message, condition, file,
               line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace carillon
