// One log for the process: a line is "time level part: words key=value ...". Callers format with
// fmt: log_info("slot", "slot {} leads term {}", slot, term). Any thread. spdlog is met only here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <spdlog/fmt/fmt.h>

namespace carillon {

enum class log_level { trace, debug, info, warn, error, off };

// Called once by main(), before threads start. `json`: one JSON object a line instead of text.
void start_logging(log_level level, bool json);

bool log_enabled(log_level level);
// Lines written since the start, at this level.
std::uint64_t log_lines(log_level level);
// `request`: the id of the request that this is about (trace_text), which follows it across hosts;
// empty: none.
void write_log(log_level level, std::string_view part, std::string_view words,
               std::string_view request = {});

template <class... Args>
void log_at(log_level level, std::string_view part, fmt::format_string<Args...> words,
            Args&&... args) {
  if (log_enabled(level))
    write_log(level, part, fmt::format(words, std::forward<Args>(args)...));
}
// About one request: `request=ID` at the end of the line, or a field of its own.
template <class... Args>
void log_of(log_level level, std::string_view part, std::string_view request,
            fmt::format_string<Args...> words, Args&&... args) {
  if (log_enabled(level))
    write_log(level, part, fmt::format(words, std::forward<Args>(args)...), request);
}
template <class... Args>
void log_debug(std::string_view part, fmt::format_string<Args...> words, Args&&... args) {
  log_at(log_level::debug, part, words, std::forward<Args>(args)...);
}
template <class... Args>
void log_info(std::string_view part, fmt::format_string<Args...> words, Args&&... args) {
  log_at(log_level::info, part, words, std::forward<Args>(args)...);
}
template <class... Args>
void log_warn(std::string_view part, fmt::format_string<Args...> words, Args&&... args) {
  log_at(log_level::warn, part, words, std::forward<Args>(args)...);
}
template <class... Args>
void log_error(std::string_view part, fmt::format_string<Args...> words, Args&&... args) {
  log_at(log_level::error, part, words, std::forward<Args>(args)...);
}

}  // namespace carillon
