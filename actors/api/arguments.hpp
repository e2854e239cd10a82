// The arguments of one Web API call, wherever they were: query, urlencoded form, multipart form or
// JSON body. All of them become text, as Slack's SDKs send them: booleans "true"/"false", arrays
// and objects as JSON. The body wins over the query, the later of two equals over the earlier.
// Pure; a value used by one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon::api {

class arguments {
public:
  static constexpr std::size_t count_max = 256;  // more than any method takes; above: refused

  // Refuses with invalid_post_type (a body of another content type), invalid_form_data (multipart
  // without boundary or end, too many arguments), invalid_json (not an object) and invalid_utf8
  // (a name or value that is not UTF-8 or holds a NUL). An empty body means no arguments, whatever
  // its content type says.
  static result<arguments> read(const edge::http_request& request);

  bool has(std::string_view name) const;                 // present and not empty
  const std::string& text(std::string_view name) const;  // empty when absent
  const std::string* find(std::string_view name) const;  // nullptr when absent

  // 1, true, 0, false in any case; invalid_arguments otherwise.
  result<bool> flag(std::string_view name, bool fallback) const;
  // Digits only; absent, empty and 0 mean `fallback`, more than `most` means `most`. invalid_limit.
  result<std::uint32_t> limit(std::uint32_t fallback, std::uint32_t most) const;
  // 0 when absent; `refusal` when it is not a ts.
  result<timestamp> ts(std::string_view name, errc refusal) const;
  // "U1,U2" or ["U1","U2"]; blanks and empty parts are dropped.
  std::vector<std::string> list(std::string_view name) const;

  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

private:
  status read_form(std::string_view text);
  status read_json(std::string_view text);
  status read_multipart(std::string_view body, std::string_view content_type);
  status put(std::string name, std::string value);

  std::vector<std::pair<std::string, std::string>> fields_;
};

// "Bearer xyz" -> "xyz"; empty for anything else.
std::string_view bearer_token(std::string_view authorization);

}  // namespace carillon::api
