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

// As the settings have it (cluster.hosts).
bool is_host_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c == '-' || (c < 128 && std::isalnum(c));
  });
}

error unknown() {
  return make_error(errc::invalid_arguments,
                    "name is one of channel/C…, user/U…, slot/NUMBER, hub/HOST, "
                    "session/HOST:CONNECTION, sessions/U…");
}

}  // namespace

std::string entity_name::text() const {
  switch (what) {
    case sort::channel:
      return joined("channel", id.text());
    case sort::user:
      return joined("user", id.text());
    case sort::slot:
      return joined("slot", std::to_string(slot));
    case sort::hub:
      return joined("hub", host);
    case sort::session:
      return joined("session", joined(host, std::to_string(connection)).replace(host.size(), 1, ":"));
    case sort::sessions:
      return joined("sessions", id.text());
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
