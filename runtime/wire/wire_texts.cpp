#include "runtime/wire/wire_texts.hpp"

#include <algorithm>
#include <cstring>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/wire_format_lite.h>

namespace carillon {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

// Reads what protobuf's encoding is made of, and never past its end.
class reader {
public:
  explicit reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool done() const { return at_ == end_; }
  bool number(std::uint64_t& out) {
    out = 0;
    for (std::uint32_t shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      out |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80)
        return true;
    }
    return false;
  }
  bool take(std::uint64_t size, std::string_view& out) {
    if (size > static_cast<std::uint64_t>(end_ - at_))
      return false;
    out = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }

private:
  const char* at_;
  const char* end_;
};

bool is_ascii(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + sizeof seen <= text.size(); at += sizeof seen) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    seen |= eight;
  }
  for (; at < text.size(); ++at)
    seen |= static_cast<unsigned char>(text[at]);
  return (seen & high_bits) == 0;
}

bool is_utf8(std::string_view text) {
  return is_ascii(text) ||
         WireFormatLite::VerifyUtf8String(text.data(), static_cast<int>(text.size()),
                                          WireFormatLite::PARSE, nullptr);
}

}  // namespace

wire_texts::wire_texts(const Descriptor& type) {
  std::vector<const Descriptor*> types{&type};  // by place in shapes_; grows while it is walked
  for (std::size_t i = 0; i < types.size(); ++i) {
    shape fields;
    for (int f = 0; f < types[i]->field_count(); ++f) {
      const FieldDescriptor& field = *types[i]->field(f);
      const auto number = static_cast<std::size_t>(field.number());
      if (fields.size() <= number)
        fields.resize(number + 1, skipped);
      if (field.type() == FieldDescriptor::TYPE_STRING)
        fields[number] = text;
      if (field.type() != FieldDescriptor::TYPE_MESSAGE)
        continue;
      auto known = std::find(types.begin(), types.end(), field.message_type());
      fields[number] = static_cast<std::int32_t>(known - types.begin());
      if (known == types.end())
        types.push_back(field.message_type());
    }
    shapes_.push_back(std::move(fields));
  }
}

bool wire_texts::look(std::size_t which, std::string_view bytes) const {
  reader in(bytes);
  const shape& fields = shapes_[which];
  while (!in.done()) {
    std::uint64_t tag = 0, number = 0;
    std::string_view content;
    if (!in.number(tag))
      return false;
    switch (tag & 7) {
      case WireFormatLite::WIRETYPE_VARINT:
        if (!in.number(number))
          return false;
        break;
      case WireFormatLite::WIRETYPE_FIXED64:
        if (!in.take(8, content))
          return false;
        break;
      case WireFormatLite::WIRETYPE_FIXED32:
        if (!in.take(4, content))
          return false;
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        if (!in.number(number) || !in.take(number, content))
          return false;
        const std::uint64_t field = tag >> 3;
        const std::int32_t kind = field < fields.size() ? fields[field] : skipped;
        if (kind == text ? !is_utf8(content)
                         : kind >= 0 && !look(static_cast<std::size_t>(kind), content))
          return false;
        break;
      }
      default:
        return false;
    }
  }
  return true;
}

}  // namespace carillon
