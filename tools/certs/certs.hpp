// `carillon certs new`: what a quick start of TLS between hosts needs. A CA of its own and, signed by
// it, one certificate per host; keys are EC P-256. Sites with a CA of their own use that instead.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "runtime/base/result.hpp"

namespace carillon::certs {

// Long enough that nobody is surprised in the first years; hosts refuse one another afterwards.
inline constexpr int days_valid = 10 * 365;

struct request {
  std::vector<std::string> hosts;  // names as in cluster.hosts; each becomes NAME.pem and NAME.key
  std::string folder;              // made if it is not there
};

// Writes ca.pem, ca.key and the hosts' files; keys can be read by their owner only. Nothing that is
// there is touched: invalid_arguments then, before anything is written. io_error when writing fails.
status make_certificates(const request& wanted);

// carillon certs new --hosts a,b,c --out DIR
void add_certs_command(CLI::App& program, std::function<int()>& run, std::ostream& out,
                       std::ostream& err);

}  // namespace carillon::certs
