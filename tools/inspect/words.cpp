#include "tools/inspect/words.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "runtime/base/logging.hpp"

namespace carillon::inspect {
namespace {

constexpr double second = 1e6;

std::string with_code(std::string_view text, std::string_view code, const look& how) {
  return how.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

}  // namespace

std::string duration_text(std::uint64_t micros) {
  const auto us = static_cast<double>(micros);
  if (us < 1e3)
    return fmt::format("{:.2f} ms", us / 1e3);
  if (us < 1e4)
    return fmt::format("{:.1f} ms", us / 1e3);
  if (us < second)
    return fmt::format("{:.0f} ms", us / 1e3);
  if (us < 100 * second)
    return fmt::format("{:.1f} s", us / second);
  if (us < 7'200 * second)
    return fmt::format("{:.0f} min", us / second / 60);
  if (us < 48 * 3'600 * second)
    return fmt::format("{:.0f} h", us / second / 3'600);
  return fmt::format("{:.0f} d", us / second / 86'400);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units{"KB", "MB", "GB", "TB"};
  if (bytes < 1'000)
    return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (size /= 1e3; size >= 1e3 && unit + 1 < units.size(); ++unit)
    size /= 1e3;
  return fmt::format("{:.1f} {}", size, units[unit]);
}

std::string rate_text(double per_second) {
  if (per_second == 0)
    return "0";
  return per_second < 100 ? fmt::format("{:.1f}", per_second) : fmt::format("{:.0f}", per_second);
}

std::string clock_text(std::uint64_t micros) {
  if (micros == 0)
    return "-";
  const auto time = static_cast<std::time_t>(micros / 1'000'000);
  std::tm parts{};
  char out[32];
  gmtime_r(&time, &parts);
  return std::string(out, std::strftime(out, sizeof out, "%Y-%m-%d %H:%M:%S", &parts));
}

std::string count_text(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty())
      out += between;
    out += word;
  }
  return out;
}

std::string harmless(std::string_view text) {
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      out += "·";
    else
      out += c;
  }
  return out;
}

std::string coloured(std::string_view text, std::size_t host, const look& how) {
  constexpr std::array codes{"30;46", "30;43", "30;45", "30;42", "30;44", "30;47"};
  return with_code(text, codes[host % codes.size()], how);
}

std::string warning(std::string_view text, const look& how) {
  return with_code(text, "1;31", how);
}

std::string quiet(std::string_view text, const look& how) {
  return with_code(text, "2", how);
}

std::string facts_text(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::size_t width = 0;
  for (const auto& [name, value] : facts)
    if (!value.empty())
      width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, value] : facts)
    if (!value.empty())
      out += fmt::format("  {:<{}}  {}\n", name, width, value);
  return out;
}

std::string free_text(std::uint64_t connections, std::uint64_t limit) {
  if (limit == 0)
    return "-";
  return fmt::format("{}%", (limit - std::min(connections, limit)) * 100 / limit);
}

}  // namespace carillon::inspect
