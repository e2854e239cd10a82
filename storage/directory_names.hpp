// How names are compared, and how a team's domain is made from its name. Pure functions; any
// thread. What they return is stored and unique: they give the same answer for ever.
#pragma once

#include <string>
#include <string_view>

namespace carillon::storage {

// The form in which names and e-mail addresses are compared: capital letters of ASCII, Latin-1,
// Greek and Cyrillic become small ones, everything else stays. Scripts without capitals (Hangul,
// CJK) need no more; an alphabet beyond these four is compared exactly. Bytes that are not UTF-8
// pass through.
std::string fold_case(std::string_view name);

// "My Team!" -> "my-team": small ASCII letters and digits, everything between them one dash, at
// most 60 bytes. A name without any ("우리 팀") gives "team".
std::string domain_of(std::string_view team_name);

}  // namespace carillon::storage
