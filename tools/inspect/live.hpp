// Asking a running host over HTTP (actors/inspect/routes.hpp has the addresses). One connection, one
// question at a time; the caller waits. One thread.
#pragma once

#include <string>

#include "runtime/base/result.hpp"
#include "runtime/wire/inspect.pb.h"
#include "tools/cli/host.hpp"
#include "tools/client/http_client.hpp"
#include "tools/inspect/options.hpp"

namespace carillon::inspect {

class live_host {
public:
  explicit live_host(cli::host_access where);

  struct answer {
    std::string json;  // as the host gave it
    wire::inspect_reply reply;
  };
  // `path`: "cluster?slots=1". Errors: io_error (no answer), and what the host refused with.
  result<answer> get(const std::string& path) { return ask("GET", path); }
  result<answer> post(const std::string& path, const std::string& body = {}) {
    return ask("POST", path, body);
  }

private:
  result<answer> ask(const std::string& method, const std::string& path,
                     const std::string& body = {});

  // The status; 0: the connection was lost, -1: nothing came in time.
  int exchange(const std::string& request, std::string& body);

  const cli::host_access access_;
  client::event_loop loop_;
  client::endpoint where_;
  client::http_client http_;
};

// "name=value" pairs for a query, percent-encoded; those without a value are left out.
std::string query_text(const client::form& arguments);

}  // namespace carillon::inspect
