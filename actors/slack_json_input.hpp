// A stranger's JSON, read to be kept, echoed or passed on. Pure; any thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "runtime/base/result.hpp"

namespace carillon::slack {

inline bool is_finite(const boost::json::value& value) {
  namespace json = boost::json;
  if (value.is_double())
    return std::isfinite(value.get_double());
  if (const json::array* items = value.if_array())
    return std::all_of(items->begin(), items->end(), is_finite);
  if (const json::object* fields = value.if_object())
    return std::all_of(fields->begin(), fields->end(),
                       [](const auto& field) { return is_finite(field.value()); });
  return true;
}

// invalid_json: not JSON, or with a number that Boost.JSON cannot hold: it reads 1e400 as infinity and
// 0e400 as no number at all, and writes the bare words Infinity and NaN, no JSON to whoever gets them.
inline result<boost::json::value> read_json(std::string_view text) {
  boost::json::error_code failure;
  boost::json::value parsed = boost::json::parse({text.data(), text.size()}, failure);
  if (failure)
    return make_error(errc::invalid_json, failure.message());
  if (!is_finite(parsed))
    return make_error(errc::invalid_json, "a number is too large");
  return parsed;
}

}  // namespace carillon::slack
