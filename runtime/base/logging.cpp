#include "runtime/base/logging.hpp"

#include <array>
#include <atomic>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace carillon {
namespace {

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::trace:
      return spdlog::level::trace;
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warn:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
    case log_level::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

// Control characters, so that what a stranger said does not begin a line of its own; for JSON also
// what would end the text.
std::string escaped(std::string_view words, bool for_json) {
  std::string out;
  out.reserve(words.size() + 8);
  for (char c : words) {
    if (for_json && (c == '"' || c == '\\')) {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

bool json_lines = false;
std::array<std::atomic<std::uint64_t>, 6> lines_written{};  // by log_level

spdlog::logger& logger() {
  static std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_logger_mt("carillon");
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    return made;
  }();
  return *instance;
}

}  // namespace

void start_logging(log_level level, bool json) {
  json_lines = json;
  logger().set_level(to_spdlog(level));
  logger().flush_on(spdlog::level::info);
  if (json)
    logger().set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
}

bool log_enabled(log_level level) {
  return logger().should_log(to_spdlog(level));
}

std::uint64_t log_lines(log_level level) {
  return lines_written[static_cast<std::size_t>(level)].load(std::memory_order_relaxed);
}

void write_log(log_level level, std::string_view part, std::string_view words,
               std::string_view request) {
  lines_written[static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  const std::string line = escaped(words, json_lines);
  if (json_lines && !request.empty())
    logger().log(to_spdlog(level), R"("part":"{}","request":"{}","message":"{}")", part, request, line);
  else if (json_lines)
    logger().log(to_spdlog(level), R"("part":"{}","message":"{}")", part, line);
  else if (!request.empty())
    logger().log(to_spdlog(level), "{}: {} request={}", part, line, request);
  else
    logger().log(to_spdlog(level), "{}: {}", part, line);
}

}  // namespace carillon
