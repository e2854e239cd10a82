// Whom a URL speaks to, as libcurl will see it when it connects: one reader of URLs, so that what is
// checked is what is spoken to. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace carillon::push {

// "https://host:port" (RFC 6454), the port only where it is not the scheme's own; the host in small
// letters. Empty: not an http or https URL with a host, or with a name and password, a fragment, or
// anything but visible ASCII in it.
std::string url_origin(std::string_view url);

}  // namespace carillon::push
