#include "tools/sim/block_cache.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <malloc.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace carillon::sim {
namespace {

// Sizes as malloc has them: 24 bytes, and 16 more from class to class.
constexpr std::size_t smallest = 24;
constexpr std::size_t step = 16;
constexpr std::size_t classes = 64;  // up to 1,032 bytes, where malloc's own quick ways end
constexpr std::size_t largest = smallest + (classes - 1) * step;

struct block {
  block* next;
};

// Plain data, so that using it costs no check whether it was made.
thread_local std::array<block*, classes> kept;
thread_local unsigned users = 0;

// At the thread's end. Nothing is kept after it: nobody plays while a thread ends.
struct release {
  ~release() {
    users = 0;
    for (block*& first : kept)
      while (first) {
        block* gone = first;
        first = first->next;
        std::free(gone);
      }
  }
};

// The smallest class that holds so many bytes, and the largest that fits into them.
constexpr std::size_t class_for(std::size_t size) {
  return size <= smallest ? 0 : (size - smallest + step - 1) / step;
}
constexpr std::size_t class_within(std::size_t size) { return (size - smallest) / step; }

void* from_malloc(std::size_t size) {
  for (;;) {
    if (void* got = std::malloc(size == 0 ? 1 : size))
      return got;
    if (auto handler = std::get_new_handler())
      handler();
    else
      throw std::bad_alloc();
  }
}

void keep(void* gone, std::size_t at) {
  block* const mine = static_cast<block*>(gone);
  mine->next = kept[at];
  kept[at] = mine;
}

}  // namespace

block_cache::block_cache() {
  thread_local release at_the_end;
  (void)at_the_end;
  ++users;
}
block_cache::~block_cache() { --users; }

}  // namespace carillon::sim

void* operator new(std::size_t size) {
  using namespace carillon::sim;
  if (users == 0 || size > largest)
    return from_malloc(size);
  const std::size_t at = class_for(size);
  if (block* const got = kept[at]) {
    kept[at] = got->next;
    return got;
  }
  return from_malloc(smallest + at * step);
}

void operator delete(void* gone) noexcept {
  using namespace carillon::sim;
  if (users == 0 || !gone)
    return std::free(gone);
  const std::size_t size = malloc_usable_size(gone);
  if (size > largest + step - 1)
    return std::free(gone);
  keep(gone, class_within(size));
}

void operator delete(void* gone, std::size_t) noexcept {
  operator delete(gone);
}

#else

namespace carillon::sim {
block_cache::block_cache() = default;
block_cache::~block_cache() = default;
}  // namespace carillon::sim

#endif
