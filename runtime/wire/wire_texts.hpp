// Can what was serialised just now be parsed again? Of a message of ours only text that is not UTF-8
// stands in the way: proto3 serialises it and refuses to parse it. This looks at the texts in the
// bytes, led by the type's descriptor, for a quarter of what parsing costs. Immutable; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
}

namespace carillon {

class wire_texts {
public:
  explicit wire_texts(const google::protobuf::Descriptor& type);

  // REQUIRES: `bytes` is what SerializeToString made of a message of the type. The same answer that
  // ParseFromString would give; other bytes get false or true, and harm nothing.
  bool are_utf8(std::string_view bytes) const { return look(0, bytes); }

private:
  static constexpr std::int32_t skipped = -1;  // number, bytes, or unknown
  static constexpr std::int32_t text = -2;
  // By field number: skipped, text, or the place of the message's type in shapes_.
  using shape = std::vector<std::int32_t>;

  bool look(std::size_t which, std::string_view bytes) const;

  std::vector<shape> shapes_;
};

}  // namespace carillon
