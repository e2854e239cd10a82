#include "actors/inspect/entity_name.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace carillon {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number out = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (problem != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

std::string joined(std::string_view folder, std::string_view rest) {
  std::string out(folder);
  out += '/';
  out += rest;
  return out;
}

constexpr std::size_t called_max_bytes = 1'000;  // of team and name; none is as long

// As the settings have it (cluster.hosts).
bool is_host_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c == '-' || (c < 128 && std::isalnum(c));
  });
}

// What people call a channel or a user: the directory has the rules for names, this only keeps what
// can be none from being taken for one. No name has a capital, so a broken id is not looked up.
std::optional<entity_name> called_so(entity_name::sort what, std::string_view rest) {
  const char sign = what == entity_name::sort::channel ? '#' : '@';
  entity_name out{what, {}, 0, {}, 0};
  const std::size_t slash = rest.rfind('/');
  const std::string_view team = slash == std::string_view::npos ? "" : rest.substr(0, slash);
  std::string_view name = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
  const bool signed_so = name.starts_with(sign);
  if (signed_so)
    name.remove_prefix(1);
  else if (slash != std::string_view::npos)
    return std::nullopt;
  auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  if (name.empty() || (slash != std::string_view::npos && team.empty()) ||
      rest.size() > called_max_bytes || std::any_of(rest.begin(), rest.end(), is_control) ||
      name.find_first_of("#@ ") != std::string_view::npos)
    return std::nullopt;
  for (char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !signed_so)
      return std::nullopt;
    out.called += capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  out.team = team;
  return out;
}

error unknown() {
  return make_error(errc::invalid_arguments,
                    "name is one of channel/C…, channel/#NAME, user/U…, user/@NAME, slot/NUMBER, "
                    "hub/HOST, session/HOST:CONNECTION, sessions/U…, sessions/@NAME; in another "
                    "team channel/TEAM/#NAME; `carillon user list` has people's names and ids");
}

}  // namespace

std::string entity_name::text() const {
  std::string whom = id.text();
  if (is_called()) {
    whom = team.empty() ? std::string() : joined(team, "");
    whom += what == sort::channel ? '#' : '@';
    whom += called;
  }
  switch (what) {
    case sort::channel:
      return joined("channel", whom);
    case sort::user:
      return joined("user", whom);
    case sort::slot:
      return joined("slot", std::to_string(slot));
    case sort::hub:
      return joined("hub", host);
    case sort::session:
      return joined("session", joined(host, std::to_string(connection)).replace(host.size(), 1, ":"));
    case sort::sessions:
      return joined("sessions", whom);
  }
  return {};
}

result<entity_name> parse_entity_name(std::string_view text) {
  using sort = entity_name::sort;
  entity_name out;
  const std::size_t slash = text.find('/');
  const std::string_view folder = slash == std::string_view::npos ? "" : text.substr(0, slash);
  const std::string_view rest = slash == std::string_view::npos ? text : text.substr(slash + 1);
  const auto id = entity_id::parse(rest);
  const bool channel = id && id->is_channel();
  const bool user = id && (id->kind == id_kind::user || id->kind == id_kind::bot);
  if ((folder == "channel" || folder.empty()) && channel)
    return entity_name{sort::channel, *id, 0, {}, 0};
  if ((folder == "user" || folder.empty()) && user)
    return entity_name{sort::user, *id, 0, {}, 0};
  if (folder == "sessions" && user)
    return entity_name{sort::sessions, *id, 0, {}, 0};
  for (const auto& [name, what] : {std::pair{"channel", sort::channel}, {"user", sort::user},
                                   {"sessions", sort::sessions}})
    if (folder == name)
      if (auto called = called_so(what, rest))
        return std::move(*called);
  if (folder.empty() && (text.starts_with('#') || text.starts_with('@')))
    if (auto called = called_so(text.front() == '#' ? sort::channel : sort::user, text))
      return std::move(*called);
  if (folder == "slot")
    if (auto number = number_of<std::uint32_t>(rest))
      return entity_name{sort::slot, {}, *number, {}, 0};
  if (folder == "hub" && is_host_name(rest))
    return entity_name{sort::hub, {}, 0, std::string(rest), 0};
  if (folder == "session") {
    const std::size_t colon = rest.rfind(':');
    if (colon != std::string_view::npos && is_host_name(rest.substr(0, colon)))
      if (auto connection = number_of<std::uint64_t>(rest.substr(colon + 1)))
        return entity_name{sort::session, {}, 0, std::string(rest.substr(0, colon)), *connection};
  }
  return unknown();
}

}  // namespace carillon
