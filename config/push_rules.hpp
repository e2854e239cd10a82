// What the texts of [push] must be, and what they demand of one another. What is in the files that they
// name is looked at when the host starts (runtime/push/credentials.hpp). Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace carillon {

bool is_provider_url(std::string_view text);  // https://HOST without a path: keys and tokens travel to it
bool is_hook_url(std::string_view text);      // http(s)://HOST with any path and query, or empty
bool is_apple_id(std::string_view text);      // 10 capital letters and digits, or empty
bool is_bundle_id(std::string_view text);     // letters, digits, dots and dashes, or empty
bool is_contact(std::string_view text);       // mailto: or https:, or empty

// One complaint for each thing that is there without what it needs. `refused`: keys (push.web.subject) that
// were given with a value that cannot be; that was complained of.
void check_push(const settings::push_settings& push, const std::set<std::string>& refused,
                std::vector<std::string>& complaints);

}  // namespace carillon
