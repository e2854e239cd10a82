// What a bare loop does in place of a host, and the bytes that it is talked to with: who is in which
// group, how long everything is. Both ends, which are processes of one program on one machine, use
// this file; it is no protocol for others. Pure.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::bench {

struct raw_shape {
  std::size_t people = 0;  // sockets that get frames
  std::size_t groups = 1;
  std::size_t members = 0; // of each group; 0: nobody, posts are only acknowledged
  std::size_t request_bytes = 600; // a post, as long as the real one
  std::size_t frame_bytes = 400;   // what each member gets of it
  std::size_t answer_bytes = 300;  // the acknowledgement; 0: none is sent
  bool coalesced = false;          // one send per socket and turn, with all that is pending
  std::string journal; // file that posts are appended and synced to before anybody hears of them
};

// The `member`th person of a group, people being spread evenly: the same in the real workload.
inline std::size_t person_of(std::size_t group, std::size_t member, std::size_t members,
                             std::size_t people) {
  return (group * members + member) % people;
}

// The first bytes of a post, in the machine's own order. A frame begins with the stamp alone.
struct raw_request_head {
  std::uint32_t group = 0;
  std::uint32_t unused = 0;
  std::uint64_t stamp = 0;
};
inline constexpr std::size_t raw_stamp_bytes = sizeof(std::uint64_t);
inline constexpr std::size_t raw_request_min = sizeof(raw_request_head);

// What a socket says first: which person it is, or that it posts.
inline constexpr std::uint32_t raw_poster = 0xffffffff;
inline constexpr std::size_t raw_hello_bytes = sizeof(std::uint32_t);

inline std::string raw_hello(std::uint32_t who) {
  return std::string(reinterpret_cast<const char*>(&who), sizeof who);
}

inline std::string raw_request(const raw_shape& shape, std::uint32_t group, std::uint64_t stamp) {
  raw_request_head head{group, 0, stamp};
  std::string bytes(shape.request_bytes, 'x');
  std::memcpy(bytes.data(), &head, sizeof head);
  return bytes;
}

inline raw_request_head read_raw_request(const char* bytes) {
  raw_request_head head;
  std::memcpy(&head, bytes, sizeof head);
  return head;
}

inline std::uint64_t read_raw_stamp(const char* bytes) {
  std::uint64_t stamp = 0;
  std::memcpy(&stamp, bytes, sizeof stamp);
  return stamp;
}

// As arguments of this program, after "bench raw-server".
std::vector<std::string> arguments_of(const raw_shape& shape);

} // namespace carillon::bench
