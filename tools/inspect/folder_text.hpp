// A data folder's report, for people and for programs. Pure.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "tools/inspect/folder.hpp"

namespace carillon::inspect {

std::string format_folder(const folder_report& report);
boost::json::object folder_json(const folder_report& report);

}  // namespace carillon::inspect
