// What one connection still has to send, so that everything pending leaves in few system calls: one
// run of bytes while it is short, pieces behind it while a client is slow. So a long queue takes what
// it holds and a piece at most, and gives it back as it leaves. The queue knows its size, not what is
// in it; limits are the session's. Buffers come from a pool and go back when the queue has drained: an
// idle connection keeps none. Used by one I/O thread; needs no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
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
  // Where a piece ends: with what was appended last before it would pass this. Longer ones stand alone.
  static constexpr std::size_t piece_max = 65'536;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // The first of it: all, unless it is long.
  std::string_view unsent() const { return std::string_view(bytes_).substr(sent_); }

  void append(std::string_view bytes, buffer_pool& pool) {
    size_ += static_cast<std::uint32_t>(bytes.size());
    if (rest_ || bytes_.size() + bytes.size() > piece_max) [[unlikely]]
      return append_behind(bytes);
    if (bytes_.capacity() <= inline_capacity)
      bytes_ = pool.take();
    bytes_.append(bytes);
  }

  // The first `count` unsent bytes are out. REQUIRES: count <= unsent().size().
  void consume(std::size_t count, buffer_pool& pool);

  // What it takes, whatever of it is used.
  std::size_t capacity() const;

private:
  static constexpr std::size_t inline_capacity = 15;  // std::string's own, no buffer behind it

  using pieces = std::deque<std::string>;  // none is empty
  void append_behind(std::string_view bytes);

  // Invariant: once all of bytes_ is out, the next piece takes its place: rest_ is behind something.
  std::string bytes_;
  std::uint32_t sent_ = 0;  // of bytes_
  std::uint32_t size_ = 0;  // of all that is not sent: no answer is 4 GiB long, and no limit
  std::unique_ptr<pieces> rest_;  // null: nothing is behind bytes_
};

}  // namespace carillon::edge
