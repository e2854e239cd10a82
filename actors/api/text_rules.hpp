// What text is acceptable where: encoding, lengths, names of channels and people, e-mail
// addresses. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace carillon::api {

// Well-formed UTF-8 (Unicode table 3-7: no overlong forms, no surrogates) without NUL.
bool is_clean_text(std::string_view text);

// Code points. REQUIRES: is_clean_text(text).
std::size_t count_characters(std::string_view text);

std::string_view trimmed(std::string_view text);  // spaces, tabs and line breaks at both ends
std::string ascii_lower(std::string text);
// At most 64 bytes of printable ASCII, the rest as '?': for details that quote a stranger.
std::string printable(std::string_view text);

// As part of a URL's query (RFC 3986, 2.1): all but unreserved characters.
void append_percent_encoded(std::string& to, std::string_view text);

// Slack's rules: lower case letters (also of scripts without case, such as Hangul), digits, - and
// _; at most `most` characters. Refuses with invalid_name_required, _maxlength, _specials or
// _punctuation.
status check_channel_name(std::string_view name, std::size_t most);

// One @, something on both sides, a point in the domain or "localhost", no blanks, at most 254
// bytes.
// The address exists or not: only a letter could tell.
bool is_email(std::string_view text);

// The handle for a person's name: lower case, blanks as points, signs dropped; "user" if nothing
// is left. At most 80 characters.
std::string handle_of(std::string_view name);

}  // namespace carillon::api
