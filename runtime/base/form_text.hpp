// Text as query strings and HTML forms carry it (application/x-www-form-urlencoded). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

// '+' is a space, %41 is 'A'. A stray percent sign stays what it is, as browsers and servers treat it.
std::string form_decoded(std::string_view text);

}  // namespace carillon
