// A directory in a PostgreSQL server as a host uses it: each worker has one of these, a connection of its
// own, made with its first call and again whenever it broke. While the server is away tokens are found in
// what they share, everything else fails with storage_unavailable at once.
#pragma once

#include <memory>
#include <string>

#include "storage/directory.hpp"
#include "storage/directory_presence.hpp"
#include "storage/token_memory.hpp"

namespace carillon::storage {

struct served_by {
  std::string connection;  // libpq's text
  std::shared_ptr<server_presence> presence;
  std::shared_ptr<token_memory> tokens;
};
// `events`: what the calls through this one changed. The tables must be there by its first call.
std::unique_ptr<directory> open_served(const served_by& server, directory_events events);
// Makes the tables, or brings them up to date. Errors: storage_unavailable, invalid_config (a newer
// program made them).
result<std::unique_ptr<directory>> prepare_served(const served_by& server, directory_events events);

}  // namespace carillon::storage
