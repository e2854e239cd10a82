// Who may include whom, which library is met where, and how long a file may be: the layout of the
// house as a table (rules.cpp), and the checker that reads include lines against it. Pure: files
// come in as path (from the repository's root) and text.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::layout {

// Lines that a file of ours may have; what is longer has a second idea in it.
inline constexpr std::size_t lines_max = 500;

// Folders whose files are ours and are checked.
const std::vector<std::string_view>& checked_folders();

// Each problem as "path:line: what is wrong". `exists` tells whether a path from the root is a
// file of ours.
using exists_function = std::function<bool(std::string_view)>;
std::vector<std::string> check_file(std::string_view path, std::string_view text,
                                    const exists_function& exists);

}  // namespace carillon::layout
