#include "actors/api/arguments.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "actors/api/multipart.hpp"
#include "actors/api/text_rules.hpp"
#include "actors/slack_json_input.hpp"
#include "runtime/base/form_text.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::string media_type(std::string_view content_type) {
  std::string out(trimmed(content_type.substr(0, content_type.find(';'))));
  return ascii_lower(out);
}

}  // namespace

result<arguments> arguments::read(const edge::http_request& request) {
  arguments out;
  if (status query = out.read_form(request.query); !query)
    return query.error();
  if (request.body.empty())
    return out;
  out.fields_.reserve(8);
  if (request.content_type == form_type) {  // as most clients write it
    if (status body = out.read_form(request.body); !body)
      return body.error();
    return out;
  }
  std::string type = media_type(request.content_type);
  status body = ok;
  if (type == form_type)
    body = out.read_form(request.body);
  else if (type == "application/json")
    body = out.read_json(request.body);
  else if (type == "multipart/form-data")
    body = out.read_multipart(request.body, request.content_type);
  else
    body = make_error(errc::invalid_post_type, "content type " + printable(type));
  if (!body)
    return body.error();
  return out;
}

status arguments::read_form(std::string_view text) {
  while (!text.empty()) {
    std::string_view field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    if (field.empty())
      continue;
    std::size_t equals = field.find('=');
    std::string_view value =
        equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
    if (status put_in = put(form_decoded(field.substr(0, equals)), form_decoded(value)); !put_in)
      return put_in;
  }
  return ok;
}

status arguments::read_json(std::string_view text) {
  if (trimmed(text).empty())
    return ok;
  if (!is_clean_text(text))
    return errc::invalid_utf8;
  const result<json::value> parsed = slack::read_json(text);
  if (!parsed)
    return parsed.error();
  if (!parsed->is_object())
    return make_error(errc::invalid_json, "the body must be an object");
  for (const auto& [key, value] : parsed->get_object()) {
    if (value.is_null())
      continue;
    std::string as_text = value.is_string() ? std::string(std::string_view(value.get_string()))
                                            : json::serialize(value);
    if (status put_in = put(std::string(key), std::move(as_text)); !put_in)
      return put_in;
  }
  return ok;
}

status arguments::read_multipart(std::string_view body, std::string_view content_type) {
  result<std::vector<form_part>> parts = split_multipart(body, content_type);
  if (!parts)
    return parts.error();
  for (form_part& part : *parts)
    if (status put_in = put(std::move(part.name), std::move(part.content)); !put_in)
      return put_in;
  return ok;
}

status arguments::put(std::string name, std::string value) {
  if (!is_clean_text(name))
    return make_error(errc::invalid_utf8, "the name of an argument");
  if (!is_clean_text(value))
    return make_error(errc::invalid_utf8, "argument " + printable(name));
  auto same = std::find_if(fields_.begin(), fields_.end(),
                           [&](const auto& field) { return field.first == name; });
  if (same != fields_.end()) {
    same->second = std::move(value);
    return ok;
  }
  if (fields_.size() == count_max)
    return make_error(errc::invalid_form_data, "more than 256 arguments");
  fields_.emplace_back(std::move(name), std::move(value));
  return ok;
}

const std::string* arguments::find(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (key == name)
      return &value;
  return nullptr;
}

bool arguments::has(std::string_view name) const {
  const std::string* value = find(name);
  return value && !value->empty();
}

const std::string& arguments::text(std::string_view name) const {
  static const std::string none;
  const std::string* value = find(name);
  return value ? *value : none;
}

result<bool> arguments::flag(std::string_view name, bool fallback) const {
  if (!has(name))
    return fallback;
  std::string value = ascii_lower(text(name));
  if (value == "1" || value == "true")
    return true;
  if (value == "0" || value == "false")
    return false;
  return make_error(errc::invalid_arguments, "must be a boolean: " + std::string(name));
}

result<std::uint32_t> arguments::limit(std::uint32_t fallback, std::uint32_t most) const {
  const std::string& given = text("limit");
  std::uint64_t value = 0;
  auto [end, failure] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (end != given.data() + given.size() || (failure != std::errc{} && !given.empty()))
    return make_error(errc::invalid_limit, "must be a number: limit");
  if (value == 0)
    return std::min(fallback, most);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, most));
}

result<timestamp> arguments::ts(std::string_view name, errc refusal) const {
  if (!has(name))
    return timestamp{0};
  if (std::optional<timestamp> value = parse_ts(text(name)))
    return *value;
  return make_error(refusal, "not a ts: " + std::string(name));
}

std::vector<std::string> arguments::list(std::string_view name) const {
  std::vector<std::string> out;
  std::string_view rest = trimmed(text(name));
  if (rest.starts_with('[')) {
    json::error_code failed;
    json::value parsed = json::parse(rest, failed);
    if (!failed && parsed.is_array()) {
      for (const json::value& item : parsed.get_array())
        if (item.is_string() && !item.get_string().empty())
          out.emplace_back(std::string_view(item.get_string()));
      return out;
    }
  }
  while (!rest.empty()) {
    std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (std::string_view word = trimmed(part); !word.empty())
      out.emplace_back(word);
  }
  return out;
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.starts_with("Bearer "))  // as most clients write it
    return trimmed(authorization.substr(scheme.size()));
  if (authorization.size() <= scheme.size() ||
      ascii_lower(std::string(authorization.substr(0, scheme.size()))) != scheme)
    return {};
  return trimmed(authorization.substr(scheme.size()));
}

}  // namespace carillon::api
