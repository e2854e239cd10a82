#include "tools/cli/tables.hpp"

#include <algorithm>
#include <ctime>

namespace carillon::cli {
namespace {

namespace json = boost::json;

// Characters that take two places on a terminal, roughly (Unicode TR11 "W" and "F" of the scripts
// people write names in).
bool is_wide(std::uint32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
         (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0xff00 && c <= 0xff60) || (c >= 0x1f300 && c <= 0x1faff);
}

std::size_t width_of(const std::string& utf8) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < utf8.size();) {
    auto first = static_cast<unsigned char>(utf8[i]);
    std::size_t bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t c = bytes == 1 ? first : first & (0x7fU >> bytes);
    for (std::size_t k = 1; k < bytes && i + k < utf8.size(); ++k)
      c = c << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3fU);
    width += is_wide(c) ? 2 : 1;
    i += bytes;
  }
  return width;
}

const json::value* find(const json::value& item, const char* key) {
  return item.is_object() ? item.get_object().if_contains(key) : nullptr;
}

std::string text(const json::value& item, const char* key) {
  const json::value* found = find(item, key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

bool flag(const json::value& item, const char* key) {
  const json::value* found = find(item, key);
  return found != nullptr && found->is_bool() && found->get_bool();
}

std::int64_t number(const json::value& item, const char* key) {
  const json::value* found = find(item, key);
  if (found == nullptr || !found->is_number())
    return 0;
  boost::system::error_code inexact;
  return found->to_number<std::int64_t>(inexact);
}

const json::array& list(const json::object& answer, const char* key) {
  static const json::array none;
  const json::value* found = answer.if_contains(key);
  return found != nullptr && found->is_array() ? found->get_array() : none;
}

// Slack has the address in the profile.
std::string email_of(const json::value& user) {
  const json::value* profile = find(user, "profile");
  return profile != nullptr ? text(*profile, "email") : "";
}

std::string role_of(const json::value& user) {
  if (flag(user, "is_bot"))
    return flag(user, "is_admin") ? "bot, admin" : "bot";
  return flag(user, "is_owner") ? "owner" : flag(user, "is_admin") ? "admin" : "member";
}

}  // namespace

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string format_users(const json::object& answer) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "NAME", "EMAIL", "ROLE", "STATE", "REAL NAME"}};
  for (const json::value& user : list(answer, "members"))
    rows.push_back({text(user, "id"), text(user, "name"), email_of(user), role_of(user),
                    flag(user, "deleted") ? "disabled" : "enabled", text(user, "real_name")});
  return format_table(rows);
}

std::string format_tokens(const json::object& answer) {
  std::vector<std::vector<std::string>> rows = {{"ID", "KIND", "CREATED", "EXPIRES", "DEVICE"}};
  for (const json::value& token : list(answer, "tokens"))
    rows.push_back({text(token, "id"), text(token, "kind"), format_time(number(token, "created")),
                    format_time(number(token, "expires")), text(token, "device")});
  return format_table(rows);
}

std::string format_time(std::int64_t seconds) {
  if (seconds == 0)
    return "never";
  std::time_t time = seconds;
  std::tm parts{};
  char out[32];
  gmtime_r(&time, &parts);
  return std::string(out, std::strftime(out, sizeof out, "%Y-%m-%d %H:%M", &parts));
}

}  // namespace carillon::cli
