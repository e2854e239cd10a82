#include "actors/api/multipart.hpp"

#include "actors/api/text_rules.hpp"

namespace carillon::api {
namespace {

constexpr std::size_t parts_max = 256;

error bad_form(std::string why) {
  return make_error(errc::invalid_form_data, std::move(why));
}

// The value of `key` among ';'-separated parameters, with or without quotes. RFC 7578 section 4.2:
// browsers escape a quote inside a name as %22, so a quoted value ends at the next quote.
std::string_view parameter(std::string_view header, std::string_view key) {
  while (!header.empty()) {
    std::size_t semicolon = header.find(';');
    std::string_view part = trimmed(header.substr(0, semicolon));
    if (part.size() > key.size() && part[key.size()] == '=' &&
        ascii_lower(std::string(part.substr(0, key.size()))) == key) {
      std::string_view value = part.substr(key.size() + 1);
      if (!value.starts_with('"'))
        return value;
      // A quoted value may hold a semicolon: look for its quote in the whole header.
      std::string_view quoted = header.substr(header.find('"') + 1);
      return quoted.substr(0, quoted.find('"'));
    }
    if (semicolon == std::string_view::npos)
      break;
    header.remove_prefix(semicolon + 1);
  }
  return {};
}

std::string name_of_part(std::string_view head) {
  while (!head.empty()) {
    std::size_t end = head.find("\r\n");
    std::string_view line = head.substr(0, end);
    constexpr std::string_view wanted = "content-disposition:";
    if (ascii_lower(std::string(line.substr(0, wanted.size()))) == wanted)
      return std::string(parameter(line.substr(wanted.size()), "name"));
    if (end == std::string_view::npos)
      break;
    head.remove_prefix(end + 2);
  }
  return {};
}

}  // namespace

result<std::vector<form_part>> split_multipart(std::string_view body,
                                               std::string_view content_type) {
  std::string_view boundary = parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > 70)  // RFC 2046 section 5.1.1
    return bad_form("multipart without a boundary");
  std::string delimiter = "--" + std::string(boundary);
  std::size_t at = body.starts_with(delimiter) ? 0 : body.find("\r\n" + delimiter);
  if (at == std::string_view::npos)
    return bad_form("the boundary does not occur");
  body.remove_prefix(at == 0 ? delimiter.size() : at + 2 + delimiter.size());
  delimiter.insert(0, "\r\n");
  std::vector<form_part> parts;
  while (!body.starts_with("--")) {
    std::size_t line_end = body.find("\r\n");
    if (line_end == std::string_view::npos)
      return bad_form("a boundary without end of line");
    body.remove_prefix(line_end);  // keeps the line break: a part without headers begins with two
    std::size_t head_end = body.find("\r\n\r\n");
    std::size_t part_end =
        head_end == std::string_view::npos ? head_end : body.find(delimiter, head_end + 2);
    if (part_end == std::string_view::npos)
      return bad_form("a part without end");
    if (parts.size() == parts_max)
      return bad_form("more than 256 parts");
    std::string name = name_of_part(body.substr(2, head_end < 2 ? 0 : head_end - 2));
    std::size_t content = head_end + 4;
    if (!name.empty() && content <= part_end)
      parts.push_back({std::move(name), std::string(body.substr(content, part_end - content))});
    else if (!name.empty())
      parts.push_back({std::move(name), {}});
    body.remove_prefix(part_end + delimiter.size());
  }
  return parts;
}

}  // namespace carillon::api
