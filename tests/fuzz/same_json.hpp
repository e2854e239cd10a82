// Do two JSON values mean the same? Numbers with a fraction may differ by what Boost.JSON of Debian 12
// loses when it reads one.
#pragma once

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>

namespace carillon::fuzz {

inline bool same_json(const boost::json::value& one, const boost::json::value& other) {
  namespace json = boost::json;
  if (one.is_number() && other.is_number()) {
    const double a = one.to_number<double>(), b = other.to_number<double>();
    return a == b || std::abs(a - b) <= 1e-12 * std::abs(a);
  }
  if (one.is_array() && other.is_array()) {
    const json::array &a = one.get_array(), &b = other.get_array();
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same_json);
  }
  if (one.is_object() && other.is_object()) {
    const json::object &a = one.get_object(), &b = other.get_object();
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& field) {
             const json::value* same = b.if_contains(field.key());
             return same != nullptr && same_json(field.value(), *same);
           });
  }
  return one == other;
}

}  // namespace carillon::fuzz
