// The two kinds of directory_host: a replica in SQLite, and connections to a PostgreSQL server.
// Private to actors/directory.
#pragma once

#include "actors/directory/directory_host.hpp"

namespace carillon {

result<std::unique_ptr<directory_host>> open_replica_host(const host_services& host,
                                                          const std::string& file);
result<std::unique_ptr<directory_host>> open_server_host(const host_services& host);

}  // namespace carillon
