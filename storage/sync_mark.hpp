// How far a store's write-ahead log was synced, kept beside it, so that a start can tell a log that
// ends too early from one that ends where it should. Reading up to the first bad record is right for
// a torn tail, which nobody was promised; the same with a bit flipped in the middle would quietly
// take acknowledged entries and votes back.
//
// The number goes into a mapped page: no system call and no sync of its own. It outlives the process
// exactly, and a loss of power as of the last time the kernel wrote the page (or the store was
// closed): then it promises less than there was, never more. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/base/result.hpp"

namespace carillon::storage {

class sync_mark {
public:
  static constexpr const char* file_name = "SYNCED";

  // Makes the file if it is absent. io_error.
  static result<std::unique_ptr<sync_mark>> open(const std::string& folder);
  // promised() of a folder that is only looked at; nullopt also when there is no such file.
  static std::optional<std::uint64_t> read(const std::string& folder);
  ~sync_mark();
  sync_mark(const sync_mark&) = delete;
  sync_mark& operator=(const sync_mark&) = delete;

  // What the log held and must hold still; nullopt: nothing is known (new, or written half).
  std::optional<std::uint64_t> promised() const;
  // Everything up to `sequence` is synced.
  void promise(std::uint64_t sequence);

private:
  struct page {
    std::uint64_t sequence;
    std::uint64_t inverted;  // ~sequence
  };
  explicit sync_mark(page* mapped) : mapped_(mapped) {}

  page* mapped_;
};

}  // namespace carillon::storage
