// Which hosts run here, as their data folders tell: a host that runs has its folder's lock. What is left
// of one that was killed, its address too, is no sign of it.
#pragma once

#include <string>
#include <vector>

namespace carillon::cli {

// A host has the folder's lock.
bool host_runs_on(const std::string& folder);

// The folders in this one on which hosts run that can be asked, as `carillon up` has them; sorted.
std::vector<std::string> running_folders_in(const std::string& folder);

// `folder`; or, where none runs on it that can be asked but some do on folders in it, one of these:
// the first that takes clients, or the first when none does. Blocks for a second for each that hangs.
std::string running_folder(const std::string& folder);

}  // namespace carillon::cli
