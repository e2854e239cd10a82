// Makes a small database in MaxMind's format, for tests: of IPv6 with IPv4 below ::/96, records of
// 24 bits (MaxMind DB File Format Specification v2.0). What it makes is read by MaxMind's own
// library.
#pragma once

#include <string>
#include <vector>

namespace carillon::testing {

struct known_network {
  std::string cidr;       // as config/networks.hpp reads it
  std::string country;    // empty: none
  std::string continent;  // empty: none
};

// The file's bytes. A network inside another one is what it says itself. REQUIRES: cidr is a
// network.
std::string place_file(std::vector<known_network> all);

}  // namespace carillon::testing
