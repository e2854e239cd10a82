// [[discovery.ranges]], [discovery.countries] and [discovery.continents]: which region a client
// belongs to, by its address or by what a database says of it. Their keys are the operator's, so
// they are no part of the table of settings. Called by load.cpp only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "config/settings.hpp"

namespace carillon {

// Is discovery.`name` one of the three?
bool is_discovery_table(std::string_view name);
// Reads it. Complaints are "FILE:LINE: what", in the order of the file.
void take_discovery(const std::string& path, std::string_view name, const toml::node& node,
                    settings::discovery_settings& into, std::vector<std::string>& complaints);

// What they demand together: no network twice, and a use for the database.
void check_discovery(const settings::discovery_settings& all, std::vector<std::string>& complaints);

// As TOML; empty where there is nothing.
std::string print_discovery(const settings::discovery_settings& all);

}  // namespace carillon
