// multipart/form-data (RFC 7578) taken apart. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"

namespace carillon::api {

struct form_part {
  std::string name;
  std::string content;
};

// Parts in order; parts without a name are skipped. invalid_form_data: no boundary in the content
// type, a part without end, more than 256 parts.
result<std::vector<form_part>> split_multipart(std::string_view body,
                                               std::string_view content_type);

}  // namespace carillon::api
