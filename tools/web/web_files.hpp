// The page at / and the operator's page at /console: their files, part of the binary, so that a host
// is one file. They use nothing but the public API and /inspect/, and carry nothing inline, so that a
// strict Content-Security-Policy fits them.
// Read-only; any thread.
#pragma once

#include <optional>
#include <string_view>

namespace carillon {

struct web_file {
  std::string_view content_type;
  std::string_view bytes;  // lives as long as the program
};

// By the path of the URL, without the query: "/", "/app.js", "/console/app.js". "/" is
// index.html, "/console" is console/index.html.
std::optional<web_file> find_web_file(std::string_view path);

}  // namespace carillon
