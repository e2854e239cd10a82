// Changes of the directory as commands (runtime/wire/directory.proto): made of the arguments of the
// directory's write methods, and run on a directory again. Pure, but for what the directory does.
#pragma once

#include <optional>
#include <string>

#include "runtime/wire/directory.pb.h"
#include "storage/directory.hpp"

namespace carillon::storage {

// What the fields of a command are made of; the rows come back whole.
wire::directory_founding to_wire(const directory::founding& first);
wire::directory_team to_wire(const team_row& row);
wire::directory_user to_wire(const user_row& row, const std::string& password_hash);
wire::directory_token to_wire(const token_row& row);
wire::directory_channel to_wire(const channel_row& row);
wire::directory_push_claim to_wire(const push_claim& row);

// Carries the command out with the method that it stands for. A failed outcome whose code
// is_of_this_host() says nothing about the command: another host may well carry it out.
wire::directory_outcome run_command(directory& on, const wire::directory_command& command);
bool is_of_this_host(errc code);

wire::directory_outcome to_outcome(const result<std::uint64_t>& what);
result<std::uint64_t> from_outcome(const wire::directory_outcome& outcome);

// What sessions and caches must hear when the command ended like this.
std::optional<directory_event> event_of(const wire::directory_command& command,
                                        const wire::directory_outcome& outcome);

}  // namespace carillon::storage
