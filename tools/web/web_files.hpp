// The page at /: its files, part of the binary, so that a host is one file. They use nothing but
// the public API. Read-only; any thread.
#pragma once

#include <optional>
#include <string_view>

namespace carillon::web {

struct web_file {
  std::string_view content_type;
  std::string_view bytes;  // lives as long as the program
};

// By the path of the URL, without the query: "/", "/app.js". "/" is index.html.
std::optional<web_file> find_web_file(std::string_view path);

// For the Content-Security-Policy header of every file above: scripts and styles from here only,
// nothing inline, no frame around it. WebSockets are named, since 'self' does not cover them in
// every browser.
inline constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace carillon::web
