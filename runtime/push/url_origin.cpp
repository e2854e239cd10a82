#include "runtime/push/url_origin.hpp"

#include <algorithm>
#include <memory>

#include <curl/curl.h>

namespace carillon::push {
namespace {

using url_ptr = std::unique_ptr<CURLU, void (*)(CURLU*)>;

// Empty where there is none.
std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK)
    return {};
  std::string out(text);
  curl_free(text);
  return out;
}

}  // namespace

std::string url_origin(std::string_view text) {
  const std::size_t host_at = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  // libcurl passes over more slashes, others do not.
  if (host_at == 0 || text.size() == host_at || text[host_at] == '/' ||
      text.find_first_of("#\\") != std::string_view::npos ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; }))
    return {};
  url_ptr url(curl_url(), &curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK)
    return {};
  std::string host = part(url.get(), CURLUPART_HOST);
  if (host.empty() || !part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty())
    return {};
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::string out = part(url.get(), CURLUPART_SCHEME) + "://" + host;
  if (const std::string port = part(url.get(), CURLUPART_PORT, CURLU_NO_DEFAULT_PORT); !port.empty())
    out += ':' + port;
  return out;
}

}  // namespace carillon::push
