#include "runtime/wire/schema.hpp"

#include <algorithm>

namespace carillon::wire {

std::uint32_t schema_minor() {
  return 3;
}

std::optional<std::uint32_t> minor_of(host_intent intent) {
  switch (intent) {
    case HOST_SERVES:
    case HOST_DRAINS:
    case HOST_LEAVES:
    case HOST_RESTS:
      return 0;
    default:
      return std::nullopt;
  }
}

const ring_member* oldest_of(const ring_view& view) {
  const auto& members = view.members();
  const auto found = std::min_element(
      members.begin(), members.end(),
      [](const auto& a, const auto& b) { return a.schema_minor() < b.schema_minor(); });
  return found == members.end() ? nullptr : &*found;
}

std::string too_old_for(const ring_view& view, std::uint32_t minor) {
  const ring_member* oldest = oldest_of(view);
  if (!oldest || view.schema_minor() >= minor || oldest->schema_minor() >= minor)
    return {};
  std::string out = oldest->name();
  out += " speaks version ";
  out += schema_text(oldest->schema_minor());
  out += " between hosts, ";
  out += schema_text(minor);
  out += " is needed: start it with a newer program first";
  return out;
}

std::string schema_text(std::uint32_t minor) {
  std::string out = std::to_string(schema_major);
  out += '.';
  out += std::to_string(minor);
  return out;
}

}  // namespace carillon::wire
