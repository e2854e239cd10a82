#include "actors/api/push_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include <boost/json.hpp>

#include "actors/api/device_name.hpp"
#include "actors/dnd_hours.hpp"
#include "runtime/push/push_message.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::uint32_t minutes_of_day = 24 * 60;
constexpr std::string_view levels[] = {"default", "all", "mentions", "nothing"};

error missing(std::string_view name) {
  return make_error(errc::invalid_arguments, "missing required field: " + std::string(name));
}
error wrong(std::string words) {
  return make_error(errc::invalid_arguments, std::move(words));
}

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return out;
}

// "HH:MM"
std::optional<std::uint32_t> clock_in(std::string_view text) {
  if (text.size() != 5 || text[2] != ':')
    return std::nullopt;
  const auto hours = number_in(text.substr(0, 2)), minutes = number_in(text.substr(3));
  if (!hours || !minutes || *hours > 23 || *minutes > 59)
    return std::nullopt;
  return *hours * 60 + *minutes;
}

std::string text_of(const json::object& in, std::string_view name) {
  const auto* found = in.if_contains({name.data(), name.size()});
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

status read_subscription(const arguments& args, bool signed_by_header, wire::push_target& into) {
  if (!args.has("subscription")) {
    if (args.has("endpoint"))
      into.set_token(args.text("endpoint"));
    else if (args.has("push_token"))
      into.set_token(args.text("push_token"));
    else if (signed_by_header)
      into.set_token(args.text("token"));
    into.set_p256dh(args.text("p256dh"));
    into.set_auth(args.text("auth"));
    return ok;
  }
  json::error_code failed;
  const json::value value = json::parse(args.text("subscription"), failed);
  const auto* object = failed ? nullptr : value.if_object();
  const auto* keys = object ? object->if_contains("keys") : nullptr;
  if (!keys || !keys->is_object())
    return wrong("subscription: a PushSubscription as JSON, with endpoint and keys");
  into.set_token(text_of(*object, "endpoint"));
  into.set_p256dh(text_of(keys->get_object(), "p256dh"));
  into.set_auth(text_of(keys->get_object(), "auth"));
  return ok;
}

status read_hours(const arguments& args, wire::change_push::dnd_hours& into) {
  if (args.has("dnd_enabled")) {
    auto enabled = args.flag("dnd_enabled", false);
    if (!enabled)
      return enabled.error();
    into.set_enabled(*enabled);
  }
  for (const auto& [name, is_start] : {std::pair("dnd_start", true), std::pair("dnd_end", false)}) {
    if (!args.has(name))
      continue;
    const auto minutes = clock_in(args.text(name));
    if (!minutes)
      return wrong(std::string(name) + ": hours and minutes, as 22:00");
    is_start ? into.set_start(*minutes) : into.set_end(*minutes);
    if (!args.has("dnd_enabled"))
      into.set_enabled(true);
  }
  if (args.has("tz")) {
    if (!is_time_zone(args.text("tz")))
      return wrong("tz: a time zone such as Europe/Berlin");
    into.set_zone(args.text("tz"));
  }
  return ok;
}

}  // namespace

result<wire::push_target> push_target_argument(const arguments& args, bool signed_by_header) {
  wire::push_target out;
  for (const auto* name : {"device", "provider"})
    if (!args.has(name))
      return missing(name);
  if (!is_device_name(args.text("device")))
    return wrong(std::string(device_name_rule));
  out.set_device(args.text("device"));
  const auto via = push::provider_named(args.text("provider"));
  if (!via)
    return wrong("provider: one of apns, fcm, web_push, webhook");
  out.set_provider(std::string(to_string(*via)));
  if (auto read = read_subscription(args, signed_by_header, out); !read)
    return read.error();
  if (out.token().empty())
    return missing(*via == push::provider::web_push ? "subscription" : "push_token");
  if (auto good = push::check_destination({*via, out.token(), out.p256dh(), out.auth()}); !good)
    return good.error();
  return out;
}

result<wire::change_push> push_settings_argument(const arguments& args) {
  wire::change_push out;
  if (args.has("level")) {
    const auto found = std::find(std::begin(levels), std::end(levels), args.text("level"));
    if (found == std::end(levels) || (found == std::begin(levels) && !args.has("channel")))
      return wrong("level: one of all, mentions, nothing; of a channel also default");
    const auto level = static_cast<wire::push_level>(found - std::begin(levels));
    if (args.has("channel")) {
      const auto channel = entity_id::parse(args.text("channel"));
      if (!channel || !channel->is_channel())
        return errc::channel_not_found;
      wire::push_channel& wish = *out.add_channels();
      wish.set_channel_id(channel->text());
      wish.set_level(level);
    } else {
      out.set_level(level);
    }
  } else if (args.has("channel")) {
    return missing("level");
  }
  if (args.has("dnd_enabled") || args.has("dnd_start") || args.has("dnd_end") || args.has("tz")) {
    if (auto read = read_hours(args, *out.mutable_hours()); !read)
      return read.error();
  }
  return out;
}

std::string_view to_string(wire::push_level level) {
  const auto at = static_cast<std::size_t>(level);
  return at < std::size(levels) ? levels[at] : levels[0];
}

std::string clock_text(std::uint32_t minutes) {
  char out[8];
  std::snprintf(out, sizeof out, "%02u:%02u", minutes / 60 % 24, minutes % 60);
  return out;
}

result<std::uint32_t> snooze_argument(const arguments& args) {
  if (!args.has("num_minutes"))
    return errc::missing_duration;
  const auto minutes = number_in(args.text("num_minutes"));
  if (!minutes || *minutes == 0)
    return wrong("num_minutes: a whole number from 1 on");
  if (*minutes > minutes_of_day)
    return make_error(errc::too_long, "at most a day");
  return *minutes;
}

}  // namespace carillon::api
