#include "runtime/wire/coordination_text.hpp"

#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

namespace carillon::wire {
namespace {

namespace io = google::protobuf::io;

std::string json_of(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions how;
  how.add_whitespace = true;
  how.preserve_proto_field_names = true;
  std::string out;
  // Fails for messages that cannot be read back only (text that is not UTF-8): then nothing.
  if (!google::protobuf::util::MessageToJsonString(message, &out, how).ok())
    out = "{}";
  return out;
}

template <class Message>
std::optional<Message> read_json(std::string_view text) {
  google::protobuf::util::JsonParseOptions how;
  how.ignore_unknown_fields = true;
  Message out;
  if (!google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, &out, how).ok())
    return std::nullopt;
  return out;
}

}  // namespace

std::string to_text(const founding_record& record) {
  return json_of(record);
}
std::string to_text(const host_registration& host) {
  return json_of(host);
}
std::optional<founding_record> read_founding(std::string_view text) {
  return read_json<founding_record>(text);
}
std::optional<host_registration> read_registration(std::string_view text) {
  return read_json<host_registration>(text);
}

std::string to_bytes(const view_record& record) {
  std::string out;
  {
    io::StringOutputStream into(&out);
    io::GzipOutputStream::Options how;
    how.format = io::GzipOutputStream::GZIP;
    io::GzipOutputStream packed(&into, how);
    record.SerializeToZeroCopyStream(&packed);
    packed.Close();
  }
  return out;
}

std::optional<view_record> read_view(std::string_view bytes) {
  io::ArrayInputStream from(bytes.data(), static_cast<int>(bytes.size()));
  io::GzipInputStream packed(&from, io::GzipInputStream::GZIP);
  std::string plain;
  const void* part = nullptr;
  for (int size = 0; packed.Next(&part, &size);) {
    if (plain.size() + static_cast<std::size_t>(size) > view_bytes_max)
      return std::nullopt;
    plain.append(static_cast<const char*>(part), static_cast<std::size_t>(size));
  }
  // The stream takes the end of what it is given for its own end: the length, which stands last (RFC 1952,
  // ISIZE), gives away what was cut off.
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < sizeof(length) && bytes.size() > sizeof(length); ++i)
    length = length << 8 | static_cast<unsigned char>(bytes[bytes.size() - 1 - i]);
  view_record out;
  if (plain.empty() || length != plain.size() || packed.ZlibErrorCode() != Z_STREAM_END ||
      !out.ParseFromString(plain))
    return std::nullopt;
  return out;
}

}  // namespace carillon::wire
