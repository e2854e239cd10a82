// A Protobuf message with all its parts in one piece of memory, for one that is built, shared and
// dropped again many thousand times a second: one allocation instead of one for every part and every
// short text. What is moved into it from a message elsewhere is copied.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include <google/protobuf/arena.h>

namespace carillon {

// `Bytes`: what such a message takes, as a multiple of 8; more comes from the heap, block by block.
template <class T, std::size_t Bytes>
std::shared_ptr<T> make_on_arena() {
  struct holder {
    alignas(std::max_align_t) std::array<char, Bytes> first;
    google::protobuf::Arena arena{first.data(), first.size()};
    T* message = google::protobuf::Arena::CreateMessage<T>(&arena);
  };
  auto made = std::make_shared_for_overwrite<holder>();  // the bytes need no clearing
  return {made, made->message};
}

}  // namespace carillon
