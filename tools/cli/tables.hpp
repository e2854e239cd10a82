// Answers of the host as tables for people. Pure functions; what an answer lacks is an empty cell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace carillon::cli {

// Columns as wide as their widest cell, two spaces between, none at the end of a line. Widths count
// characters, not bytes; those twice as wide on a terminal (Hangul, CJK) count two.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

// carillon.admin.users.list: members.
std::string format_users(const boost::json::object& answer);
// carillon.admin.tokens.list: tokens.
std::string format_tokens(const boost::json::object& answer);

// "2026-11-21 22:49" in UTC. 0: "never".
std::string format_time(std::int64_t seconds);

}  // namespace carillon::cli
