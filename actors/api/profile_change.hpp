// users.profile.set, decided: what the arguments make of a user's row. Pure.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "actors/api/arguments.hpp"
#include "runtime/base/result.hpp"
#include "storage/directory.hpp"

namespace carillon::api {

// `profile` as a JSON object, or one field as `name` and `value`. invalid_profile: neither.
result<boost::json::object> profile_argument(const arguments& args);

// The row with real_name, email and profile replaced; unknown fields are ignored, as Slack does.
// profile_set_failed (detail names the field): not a text, or over its limit. invalid_email.
result<storage::user_row> with_profile(storage::user_row user, const boost::json::object& changes);

}  // namespace carillon::api
