#include "runtime/wire/json.hpp"

#include <google/protobuf/util/json_util.h>

namespace carillon::wire {
namespace {

std::string text_of(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions how;
  how.always_print_primitive_fields = true;
  how.preserve_proto_field_names = true;
  std::string out;
  // Fails for messages that cannot be read back only (text that is not UTF-8): then nothing.
  if (!google::protobuf::util::MessageToJsonString(message, &out, how).ok())
    out = "{}";
  return out;
}

}  // namespace

std::string to_json(const inspect_reply& reply) {
  return text_of(reply);
}
std::string to_json(const cluster_picture& picture) {
  return text_of(picture);
}
std::string to_json(const top_picture& picture) {
  return text_of(picture);
}

// As short as it can be: it is read by a host only.
std::string to_json(const ring_order& order) {
  std::string out;
  google::protobuf::util::JsonPrintOptions how;
  how.preserve_proto_field_names = true;
  return google::protobuf::util::MessageToJsonString(order, &out, how).ok() ? out : "{}";
}

bool from_json(std::string_view json, ring_order& into) {
  return google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &into).ok();
}
bool from_json(std::string_view json, operate& into) {
  return google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &into).ok();
}

bool from_json(std::string_view json, inspect_reply& into) {
  google::protobuf::util::JsonParseOptions how;
  how.ignore_unknown_fields = true;
  return google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &into, how).ok();
}

}  // namespace carillon::wire
