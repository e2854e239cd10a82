// In which region a client is, by its address: the longest of the configured ranges that it is in;
// else what the database says of its country, else of its continent. What names a region without
// hosts is passed over, and the next one counts: who is in the last host's region that went is near
// to where its continent goes. (Before all of that stands what the client says itself, after it the
// region of the host that was asked: actors/api/gateway_url.)
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/place_database.hpp"
#include "config/networks.hpp"
#include "config/settings.hpp"
#include "runtime/base/result.hpp"

namespace carillon {

class client_regions {
public:
  // Fails with invalid_config when the database cannot be used.
  static result<std::unique_ptr<const client_regions>> open(
      const settings::discovery_settings& how);

  using region_filter = std::function<bool(const std::string& region)>;
  // Empty: not known, or `address` is none. Any thread.
  std::string of(const std::string& address, const region_filter& has_hosts) const;
  // For the log; empty: there is no database.
  std::string describe() const { return places_ ? places_->describe() : std::string(); }

private:
  std::vector<std::pair<ip_network, std::string>> ranges_;  // the longest prefixes first
  std::map<std::string, std::string> countries_;            // code -> region
  std::map<std::string, std::string> continents_;
  std::unique_ptr<const place_database> places_;            // null: there is none
};

}  // namespace carillon
