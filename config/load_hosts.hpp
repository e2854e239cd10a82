// [[cluster.hosts]]: the list of a cluster's hosts, the one part of a settings file that is not
// key = value. The same file serves all hosts; --host NAME says which one is to be started. Called
// by load.cpp only.
#pragma once

#include <string>
#include <vector>

#include <toml++/toml.h>

#include "config/settings.hpp"

namespace carillon {

// Reads the array `node`. Complaints are "FILE:LINE: what", in the order of the file.
void take_hosts(const std::string& path, const toml::node& node,
                std::vector<settings::cluster_host>& hosts, std::vector<std::string>& complaints);

// What the list demands as a whole: names, addresses and folders unique.
void check_hosts(const std::vector<settings::cluster_host>& hosts,
                 std::vector<std::string>& complaints);

// host.name must be one of a list that is not empty. Gives settings.host what its entry says, but for what the command line said (`said_data`,
// `said_listen`, `said_public_url`), and puts the name for "{host}" in the cluster.tls_* paths.
void choose_host(settings& values, bool said_data, bool said_listen, bool said_public_url,
                 std::vector<std::string>& complaints);

// The list as TOML; empty for an empty list.
std::string print_hosts(const std::vector<settings::cluster_host>& hosts);

}  // namespace carillon
