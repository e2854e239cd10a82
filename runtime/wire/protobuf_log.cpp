#include "runtime/wire/protobuf_log.hpp"

#include <string>

#include <google/protobuf/stubs/logging.h>

#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

using google::protobuf::LogLevel;

void take(LogLevel level, const char* file, int line, const std::string& words) {
  const bool is_the_end = level == google::protobuf::LOGLEVEL_FATAL;
  log_at(is_the_end ? log_level::error : log_level::debug, "protobuf", "{} ({}:{})", words, file, line);
}

}  // namespace

void take_protobuf_log() {
  google::protobuf::SetLogHandler(&take);
}

}  // namespace carillon
