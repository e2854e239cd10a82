#include "config/keys.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdio>
#include <numeric>
#include <optional>
#include <vector>

#include "config/networks.hpp"
#include "config/push_rules.hpp"

namespace carillon {
namespace {

constexpr std::uint32_t minute_ms = 60'000;
constexpr std::uint32_t hour_ms = 60 * minute_ms;
constexpr std::uint32_t kib = 1'024;
constexpr std::uint32_t mib = 1'024 * kib;

bool is_path(std::string_view text) {
  return !text.empty() && text.find('\0') == std::string_view::npos;
}

bool is_file_or_empty(std::string_view text) {
  return text.find('\0') == std::string_view::npos;
}

bool is_port(std::string_view text) {
  std::uint32_t port = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc{} && end == text.data() + text.size() && port <= 65'535;
}

}  // namespace

// An IPv6 address stands in brackets, or its last group would read as the port.
bool is_host_and_port(std::string_view text) {
  std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(text.substr(colon + 1)))
    return false;
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[')
    return host.size() > 2 && host.find(']') == host.size() - 1;
  return host.find_first_of(":[]/ \t") == std::string_view::npos;
}

bool is_host_name(std::string_view text) {
  auto part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= 63 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), part);
}

bool is_public_url(std::string_view text) {
  if (text.empty())
    return true;
  std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  return scheme > 0 && text.size() > scheme &&
         text.substr(scheme).find_first_of("/?# \t") == std::string_view::npos;
}

namespace {

bool is_host_name_or_empty(std::string_view text) {
  return text.empty() || is_host_name(text);
}

bool is_log_level(std::string_view text) {
  constexpr std::array levels = {"trace", "debug", "info", "warn", "error", "off"};
  return std::find(levels.begin(), levels.end(), text) != levels.end();
}

bool is_team_name(std::string_view text) {
  auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= 80 && text.front() != ' ' && text.back() != ' ' &&
         std::none_of(text.begin(), text.end(), control);
}

bool is_coordination(std::string_view text) {
  return text == "embedded" || text == "zookeeper";
}

bool is_server_list(std::string_view text) {
  for (bool more = !text.empty(); more;) {
    const std::size_t comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    if (!is_host_and_port(one) || one.ends_with(":0"))
      return false;
    more = comma != std::string_view::npos;
    if (more)
      text.remove_prefix(comma + 1);
  }
  return true;
}

// ZooKeeper itself takes more; "." and ".." as a whole part it does not.
bool is_node_path(std::string_view text) {
  auto ordinary = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  bool any = false;
  while (text.starts_with('/')) {
    text.remove_prefix(1);
    const std::string_view part = text.substr(0, text.find('/'));
    if (part.empty() || part == "." || part == ".." || !std::all_of(part.begin(), part.end(), ordinary))
      return false;
    text.remove_prefix(part.size());
    any = true;
  }
  return any && text.empty();
}

bool is_network_list(std::string_view text) {
  return parse_networks(text).has_value();
}

// What is wrong in it besides is libpq's to say, at the start.
bool is_connection_text(std::string_view text) {
  return text.find_first_of(std::string_view("\0\n\r", 3)) == std::string_view::npos;
}

// The name appears once and is both the text of the key and the member: they cannot disagree.
// clang-format off
#define AT(section, name) [](auto& all) -> auto& { return all.section.name; }
#define NUMBER(section, name, ...) {#section, #name, number_rule{AT(section, name), __VA_ARGS__}}
#define TEXT(section, name, ...) {#section, #name, text_rule{AT(section, name), __VA_ARGS__}}
#define FLAG(section, name) {#section, #name, flag_rule{AT(section, name)}}
// clang-format on

const std::vector<setting_key>& table() {
  static const std::vector<setting_key> keys = {
      TEXT(host, name, is_host_name_or_empty,
           "empty, or 1 to 63 letters, digits and dashes, as in [[cluster.hosts]]"),
      TEXT(host, data, is_path, "the path of a folder"),
      TEXT(host, listen, is_host_and_port, "HOST:PORT with a port from 0 to 65535"),
      TEXT(host, public_url, is_public_url,
           "empty, or http://HOST or https://HOST with an optional port and no path"),
      TEXT(host, log_level, is_log_level, "one of trace, debug, info, warn, error, off"),
      FLAG(host, log_json),
      NUMBER(host, scheduler_threads, 0, 256),
      NUMBER(host, memory_max_mb, 0, 16 * mib),

      NUMBER(edge, io_threads, 0, 64),
      NUMBER(edge, header_timeout_ms, 100, hour_ms),
      NUMBER(edge, body_timeout_ms, 100, hour_ms),
      NUMBER(edge, keep_alive_timeout_ms, 100, hour_ms),
      NUMBER(edge, request_deadline_ms, 100, 10 * minute_ms),
      NUMBER(edge, poll_max_ms, 0, hour_ms),
      NUMBER(edge, header_max_bytes, kib, mib),
      NUMBER(edge, body_max_bytes, kib, 64 * mib),
      NUMBER(edge, ping_interval_ms, 100, hour_ms),
      NUMBER(edge, ping_timeout_ms, 100, hour_ms),
      NUMBER(edge, frame_in_max_bytes, kib, 16 * mib),
      NUMBER(edge, outbound_queue_max_bytes, 64 * kib, 256 * mib),
      NUMBER(edge, outbound_total_max_mb, 1, mib),
      NUMBER(edge, lagging_timeout_ms, 100, hour_ms),
      NUMBER(edge, transient_queue_max_bytes, kib, 256 * mib),
      NUMBER(edge, connections_max, 1, 1'000'000),
      NUMBER(edge, calls_max, 1, 1'000'000),
      NUMBER(edge, upgrades_per_second, 0, 1'000'000),
      TEXT(edge, trusted_proxies, is_network_list,
           "empty, or addresses and networks such as 10.0.0.0/8, several with commas between them"),

      NUMBER(storage, block_cache_mb, 1, mib),
      NUMBER(storage, write_buffer_mb, 1, 4 * kib),
      NUMBER(storage, wal_max_mb, 1, 64 * kib),
      NUMBER(storage, journal_queue_max_mb, 1, 4 * kib),
      NUMBER(storage, journal_delay_max_ms, 10, 10 * minute_ms),
      NUMBER(storage, log_keep_entries, 0, 1'000'000),
      NUMBER(storage, reader_threads, 1, 64),
      FLAG(storage, fsync),

      TEXT(cluster, name, is_host_name, "1 to 63 letters, digits and dashes"),
      NUMBER(cluster, slots, 1, 16'384, true),
      NUMBER(cluster, replicas, 1, 7),
      NUMBER(cluster, tick_ms, 10, 10'000),
      NUMBER(cluster, suspect_ms, 50, 10 * minute_ms),
      NUMBER(cluster, election_ms, 100, 10 * minute_ms),
      NUMBER(cluster, link_window_kb, 256, mib),
      NUMBER(cluster, link_queue_mb, 1, 4 * kib),
      NUMBER(cluster, replace_after_s, 10, 30 * 24 * 3'600),
      NUMBER(cluster, moves_at_once, 1, 1'024),
      NUMBER(cluster, moves_per_host, 1, 256),
      NUMBER(cluster, move_mb_per_second, 0, 100'000),
      TEXT(cluster, tls_certificate, is_file_or_empty, "empty, or the path of a PEM file"),
      TEXT(cluster, tls_key, is_file_or_empty, "empty, or the path of a PEM file"),
      TEXT(cluster, tls_ca, is_file_or_empty, "empty, or the path of a PEM file"),
      TEXT(cluster, coordination, is_coordination, "one of embedded, zookeeper"),

      TEXT(cluster.zookeeper, servers, is_server_list, "empty, or HOST:PORT, several with commas between them"),
      TEXT(cluster.zookeeper, root, is_node_path,
           "a path such as /carillon: parts of letters, digits, dots, dashes and underscores, each after a slash"),
      // A server takes from twice to twenty times its tickTime, 4 to 40 s where it is 2 s, and says so.
      NUMBER(cluster.zookeeper, session_timeout_s, 1, 600),

      TEXT(discovery, maxmind, is_file_or_empty, "empty, or the path of a MaxMind database"),

      NUMBER(channel, idle_stop_ms, 100, 24 * hour_ms),
      NUMBER(channel, in_flight_max, 1, 1'000'000),
      NUMBER(channel, dedupe_recent, 0, 65'536),

      NUMBER(presence, offline_grace_ms, 0, hour_ms),
      NUMBER(presence, subscriptions_max, 1, 100'000),
      NUMBER(presence, auto_away_after_ms, 0, 24 * hour_ms),
      NUMBER(presence, activity_interval_ms, 0, hour_ms),
      NUMBER(presence, last_active_write_ms, 1'000, 24 * hour_ms),
      NUMBER(presence, friends_max, 1, 10'000),
      NUMBER(presence, events_per_connection_s, 1, 1'000),
      NUMBER(presence, events_per_host_s, 10, 1'000'000),
      NUMBER(presence, window_ms, 10, minute_ms),
      NUMBER(presence, window_max_ms, 100, 10 * minute_ms),

      NUMBER(inbox, members_max, 1, 100'000),
      NUMBER(inbox, gather_ms, 0, 10'000),
      NUMBER(inbox, gather_max_ms, 0, 60'000),
      NUMBER(inbox, retention_days, 1, 3'650),
      NUMBER(inbox, devices_max, 1, 1'000),

      TEXT(push, ca_file, is_file_or_empty, "empty, or the path of a PEM file"),
      FLAG(push, allow_private_endpoints),
      NUMBER(push, in_flight_max, 1, 10'000),
      NUMBER(push, deadline_ms, 100, 5 * minute_ms),
      NUMBER(push, targets_max, 1, 100),
      NUMBER(push, outbox_max, 1, 1'000'000),
      NUMBER(push, gather_ms, 0, minute_ms),
      NUMBER(push, retry_first_ms, 10, hour_ms),
      NUMBER(push, retry_max_ms, 10, 24 * hour_ms),
      NUMBER(push, keep_hours, 1, 28 * 24),
      TEXT(push.apns, key_file, is_file_or_empty, "empty, or the path of a PEM file"),
      TEXT(push.apns, key_id, is_apple_id, "empty, or 10 capital letters and digits"),
      TEXT(push.apns, team_id, is_apple_id, "empty, or 10 capital letters and digits"),
      TEXT(push.apns, topic, is_bundle_id, "empty, or at most 255 letters, digits, dots and dashes"),
      TEXT(push.apns, url, is_provider_url, "https://HOST with an optional port and no path"),
      TEXT(push.fcm, key_file, is_file_or_empty, "empty, or the path of a JSON file"),
      TEXT(push.fcm, url, is_provider_url, "https://HOST with an optional port and no path"),
      TEXT(push.web, key_file, is_file_or_empty, "empty, or the path of a file"),
      TEXT(push.web, subject, is_contact, "empty, or mailto:ADDRESS or https://..."),
      TEXT(push.webhook, url, is_hook_url, "empty, or an http:// or https:// URL without '#' and '@'"),
      TEXT(push.webhook, secret_file, is_file_or_empty, "empty, or the path of a file"),

      // A frame to a client is at most 512 KB: text of four-byte characters, blocks and
      // attachments at these upper ends fit into it together.
      NUMBER(limits, text_max_characters, 1, 40'000),
      NUMBER(limits, blocks_max_bytes, 2, 128 * kib),
      NUMBER(limits, client_msg_id_max_bytes, 1, kib),
      NUMBER(limits, topic_max_characters, 1, 4'000),
      NUMBER(limits, channel_name_max_characters, 1, 255),
      NUMBER(limits, password_min_characters, 1, 128),
      NUMBER(limits, group_dm_max_users, 3, 100),
      NUMBER(limits, page_max, 1, 10'000),
      NUMBER(limits, waits_max, 1, 100'000),
      NUMBER(limits, tier1_per_minute, 0, 1'000'000),
      NUMBER(limits, tier2_per_minute, 0, 1'000'000),
      NUMBER(limits, tier3_per_minute, 0, 1'000'000),
      NUMBER(limits, tier4_per_minute, 0, 1'000'000),
      NUMBER(limits, post_per_minute, 0, 1'000'000),
      NUMBER(limits, channel_post_per_minute, 0, 1'000'000),

      TEXT(directory, default_team, is_team_name,
           "1 to 80 bytes without control characters or spaces at the ends"),
      NUMBER(directory, token_days, 1, 36'500),
      // libsodium refuses fewer than 1 pass and 8 KiB; below 8 MiB a guess is too cheap.
      NUMBER(directory, password_ops, 1, 16),
      NUMBER(directory, password_memory_mb, 8, 4 * kib),
      NUMBER(directory, ticket_seconds, 1, 3'600),
      TEXT(directory, postgres, is_connection_text,
           "empty, or a connection text of libpq such as host=db1 dbname=carillon"),
      NUMBER(directory, reader_threads, 1, 64),
      NUMBER(directory, writer_threads, 1, 64),
  };
  return keys;
}

#undef AT
#undef NUMBER
#undef TEXT
#undef FLAG

// Edit distance (Levenshtein), one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

// Near means: at most a third of the letters differ.
bool is_near(std::size_t edits, std::size_t length) {
  return edits * 3 <= length;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04X", static_cast<unsigned>(c));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string setting_key::path() const {
  return std::string(section) + '.' + std::string(name);
}

std::string setting_key::allowed() const {
  if (const auto* number = std::get_if<number_rule>(&rule))
    return (number->power_of_two ? "a power of two from " : "a whole number from ") +
           std::to_string(number->min) + " to " + std::to_string(number->max);
  if (const auto* text = std::get_if<text_rule>(&rule))
    return std::string(text->allowed);
  return "true or false";
}

setting_value setting_key::read(const settings& from) const {
  if (const auto* number = std::get_if<number_rule>(&rule))
    return static_cast<std::int64_t>(number->at.to_read(from));
  if (const auto* text = std::get_if<text_rule>(&rule))
    return text->at.to_read(from);
  return std::get<flag_rule>(rule).at.to_read(from);
}

bool setting_key::write(settings& into, const setting_value& value) const {
  if (const auto* number = std::get_if<number_rule>(&rule)) {
    const auto* given = std::get_if<std::int64_t>(&value);
    if (given == nullptr || *given < number->min || *given > number->max ||
        (number->power_of_two && !std::has_single_bit(static_cast<std::uint64_t>(*given))))
      return false;
    number->at.to_write(into) = static_cast<std::uint32_t>(*given);
    return true;
  }
  if (const auto* text = std::get_if<text_rule>(&rule)) {
    const auto* given = std::get_if<std::string>(&value);
    if (given == nullptr || !text->accepts(*given))
      return false;
    text->at.to_write(into) = *given;
    return true;
  }
  const auto* given = std::get_if<bool>(&value);
  if (given == nullptr)
    return false;
  std::get<flag_rule>(rule).at.to_write(into) = *given;
  return true;
}

setting_value setting_key::from_text(std::string_view text) const {
  if (std::holds_alternative<number_rule>(rule)) {
    std::int64_t number = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc{} && end == text.data() + text.size())
      return number;
  }
  if (std::holds_alternative<flag_rule>(rule) && (text == "true" || text == "false"))
    return text == "true";
  return std::string(text);
}

std::span<const setting_key> setting_keys() {
  return table();
}

const setting_key* find_setting(std::string_view section, std::string_view name) {
  for (const setting_key& key : table())
    if (key.section == section && key.name == name)
      return &key;
  return nullptr;
}

bool is_section(std::string_view section) {
  return std::any_of(table().begin(), table().end(),
                     [&](const setting_key& key) { return key.section == section; });
}

std::string nearest_section(std::string_view section) {
  std::string best;
  std::size_t best_edits = 0;
  for (const setting_key& key : table()) {
    std::size_t edits = distance(section, key.section);
    if (is_near(edits, key.section.size()) && (best.empty() || edits < best_edits)) {
      best = key.section;
      best_edits = edits;
    }
  }
  return best;
}

std::string nearest_setting(std::string_view section, std::string_view name) {
  std::string best;
  std::size_t best_edits = 0;
  for (const setting_key& key : table()) {
    // The right name in the wrong section counts as one mistake.
    std::size_t edits = distance(name, key.name) + (key.section == section ? 0 : 1);
    if (is_near(edits, key.name.size()) && (best.empty() || edits < best_edits)) {
      best = key.path();
      best_edits = edits;
    }
  }
  return best;
}

std::string format_value(const setting_value& value) {
  if (const auto* flag = std::get_if<bool>(&value))
    return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return std::to_string(*number);
  return quote(std::get<std::string>(value));
}

}  // namespace carillon
