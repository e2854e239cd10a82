// What complaints about a settings file say of a node in it. Called by what load.cpp calls only.
#pragma once

#include <sstream>
#include <string>

#include <toml++/toml.h>

#include "config/keys.hpp"

namespace carillon {

// "FILE:LINE"
inline std::string place_of(const std::string& path, const toml::node& node) {
  return path + ':' + std::to_string(node.source().begin.line);
}

// Its value, as it would be written.
inline std::string shown(const toml::node& node) {
  if (const auto* text = node.as_string())
    return format_value(text->get());
  std::ostringstream out;
  node.visit([&](const auto& concrete) { out << concrete; });
  return out.str();
}

}  // namespace carillon
