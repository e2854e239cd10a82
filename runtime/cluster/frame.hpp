// What one frame between hosts holds: a kind in its first byte, then a Protobuf message. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "runtime/wire/peer.pb.h"

namespace carillon::cluster {

// On the wire; never reused.
enum class frame_kind : char { hello = 'H', envelope = 'E' };

std::string encode_frame(const wire::peer_hello& hello);
std::string encode_frame(const wire::peer_envelope& envelope);

// monostate: makes no sense.
using frame_content = std::variant<std::monostate, wire::peer_hello, wire::peer_envelope>;
frame_content decode_frame(std::string_view bytes);

}  // namespace carillon::cluster
