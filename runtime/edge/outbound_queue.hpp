// What one connection still has to send: one run of bytes, so that everything pending leaves in a
// single system call. The queue knows its size, not what is in it; limits are the session's.
// Buffers come from a pool and go back when the queue has drained: an idle connection keeps none.
// Used by one I/O thread; needs no lock.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::edge {

// Empty buffers with room, kept for the next connection that has something to say.
class buffer_pool {
public:
  std::string take();
  void give_back(std::string&& buffer);

private:
  // A burst to a thousand connections reuses a thousand buffers; a larger one allocates.
  static constexpr std::size_t kept_max = 1'024;
  // A buffer that grew beyond this is freed, so that one large page does not stay resident.
  static constexpr std::size_t capacity_max = 16'384;

  std::vector<std::string> kept_;
};

class outbound_queue {
public:
  std::size_t size() const { return bytes_.size() - sent_; }
  bool empty() const { return size() == 0; }
  std::string_view unsent() const { return std::string_view(bytes_).substr(sent_); }

  void append(std::string_view bytes, buffer_pool& pool) {
    if (bytes_.capacity() <= inline_capacity)
      bytes_ = pool.take();
    bytes_.append(bytes);
  }

  // The first `count` unsent bytes are out. REQUIRES: count <= size().
  void consume(std::size_t count, buffer_pool& pool);

private:
  static constexpr std::size_t inline_capacity = 15;  // std::string's own, no buffer behind it

  std::string bytes_;
  std::size_t sent_ = 0;
};

}  // namespace carillon::edge
