#include "runtime/cluster/frame.hpp"

namespace carillon::cluster {
namespace {

template <class Message>
std::string encode(frame_kind kind, const Message& message) {
  std::string out;
  out.reserve(1 + message.ByteSizeLong());
  out.push_back(static_cast<char>(kind));
  message.AppendToString(&out);
  return out;
}

template <class Message>
frame_content decode(std::string_view body) {
  frame_content out(std::in_place_type<Message>);  // and parsed there: to move one is not free
  if (!std::get<Message>(out).ParseFromArray(body.data(), static_cast<int>(body.size())))
    out = frame_content();
  return out;
}

// Protobuf counts in int; nothing that we send comes near it.
constexpr std::size_t body_max = 1u << 30;

}  // namespace

std::string encode_frame(const wire::peer_hello& hello) {
  return encode(frame_kind::hello, hello);
}

std::string encode_frame(const wire::peer_envelope& envelope) {
  return encode(frame_kind::envelope, envelope);
}

frame_content decode_frame(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > body_max)
    return {};
  std::string_view body = bytes.substr(1);
  switch (static_cast<frame_kind>(bytes[0])) {
    case frame_kind::hello:
      return decode<wire::peer_hello>(body);
    case frame_kind::envelope:
      return decode<wire::peer_envelope>(body);
  }
  return {};
}

}  // namespace carillon::cluster
