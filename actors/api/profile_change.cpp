#include "actors/api/profile_change.hpp"

#include <algorithm>

#include "actors/api/text_rules.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

struct text_field {
  std::string_view name;
  std::size_t most;  // characters
};

// Slack: display names to 80 characters, status texts to 100; the others are bounded alike.
constexpr text_field text_fields[] = {
    {"display_name", 80}, {"first_name", 50},   {"last_name", 50},
    {"title", 200},       {"phone", 50},        {"skype", 80},
    {"pronouns", 50},     {"status_text", 100}, {"status_emoji", 100}};
constexpr std::size_t real_name_most = 50;

error refused(std::string_view field, std::string_view why) {
  return make_error(errc::profile_set_failed, std::string(field) + ' ' + std::string(why));
}

result<std::string> text_of(std::string_view field, const json::value& value, std::size_t most) {
  if (!value.is_string())
    return refused(field, "must be a text");
  std::string text{std::string_view(value.get_string())};
  if (!is_clean_text(text))
    return refused(field, "must be UTF-8 without NUL");
  if (count_characters(text) > most)
    return refused(field, "is too long");
  return text;
}

result<json::object> stored_profile(const storage::user_row& user) {
  json::error_code failed;
  json::value parsed = json::parse(user.profile, failed);
  if (failed || !parsed.is_object())
    return make_error(errc::corrupt_record, "profile of " + user.id.text());
  return std::move(parsed.get_object());
}

}  // namespace

result<json::object> profile_argument(const arguments& args) {
  if (args.has("profile")) {
    json::error_code failed;
    json::value parsed = json::parse(args.text("profile"), failed);
    if (failed || !parsed.is_object())
      return errc::invalid_profile;
    return std::move(parsed.get_object());
  }
  if (!args.has("name"))
    return errc::invalid_profile;
  json::object one;
  if (args.text("name") == "status_expiration") {
    json::error_code failed;
    one["status_expiration"] = json::parse(args.text("value"), failed);
    if (failed)
      return errc::invalid_profile;
  } else {
    one[args.text("name")] = args.text("value");
  }
  return one;
}

result<storage::user_row> with_profile(storage::user_row user, const json::object& changes) {
  result<json::object> profile = stored_profile(user);
  if (!profile)
    return profile.error();
  for (const auto& field : changes) {
    std::string_view name = field.key();
    const json::value& value = field.value();
    auto known = std::find_if(std::begin(text_fields), std::end(text_fields),
                              [&](const text_field& row) { return row.name == name; });
    if (known != std::end(text_fields)) {
      result<std::string> text = text_of(name, value, known->most);
      if (!text)
        return text.error();
      (*profile)[field.key()] = *text;
    } else if (name == "real_name") {
      result<std::string> text = text_of(name, value, real_name_most);
      if (!text)
        return text.error();
      user.real_name = *text;
    } else if (name == "email") {
      result<std::string> text = text_of(name, value, 254);
      if (!text)
        return text.error();
      if (user.bot || !is_email(*text))
        return errc::invalid_email;
      user.email = ascii_lower(*text);
    } else if (name == "status_expiration") {
      if (!value.is_int64() || value.get_int64() < 0)
        return refused(name, "must be seconds since 1970, or 0");
      (*profile)["status_expiration"] = value;
    }
  }
  user.profile = json::serialize(*profile);
  return user;
}

}  // namespace carillon::api
