// A database of where addresses are, in MaxMind's format with the fields of GeoIP2 and GeoLite2
// (Country, City and those that contain them), read by libmaxminddb from a copy in memory: a look-up
// is some memory reads and waits for no disk, and whoever writes over the file, or cuts it off, ends
// no host that has it mapped. A new file is used after a restart.
#pragma once

#include <memory>
#include <string>

#include "config/networks.hpp"
#include "runtime/base/result.hpp"

namespace carillon {

class place_database {
public:
  struct place {
    std::string country;    // country.iso_code, as "US"; empty: not known
    std::string continent;  // continent.code, as "NA"
  };

  // Fails with invalid_config where there is no such file, or it is no such database, or one of other
  // things than places.
  static result<std::unique_ptr<const place_database>> open(const std::string& path);
  ~place_database();
  place_database(const place_database&) = delete;
  place_database& operator=(const place_database&) = delete;

  // Any thread, several at once (libmaxminddb's manual, "thread safety"). Where the file is
  // damaged nothing is known.
  place of(const ip_address& address) const;
  // "geo.mmdb is a GeoLite2-Country of 2026-11-01"
  std::string describe() const;

private:
  struct file;
  explicit place_database(std::unique_ptr<file> opened);
  std::unique_ptr<file> file_;
};

}  // namespace carillon
