#include "actors/api/history_page.hpp"

#include <charconv>

#include "actors/cursor.hpp"

namespace carillon::api {
namespace {

constexpr std::uint32_t page_default = 100;  // as Slack
constexpr std::string_view older_cursor = "next_ts";
constexpr std::string_view newer_cursor = "prev_ts";

std::optional<timestamp> position_in(std::string_view type, std::string_view cursor) {
  std::optional<std::string> digits = read_cursor(type, cursor);
  if (!digits)
    return std::nullopt;
  timestamp out = 0;
  auto [end, failure] = std::from_chars(digits->data(), digits->data() + digits->size(), out);
  if (failure != std::errc{} || end != digits->data() + digits->size() || out == 0)
    return std::nullopt;
  return out;
}

// The message at the cursor was on the page before. With `inclusive` both bounds are inclusive, so
// the neighbouring ts stands for it: ts are whole microseconds.
status go_on(wire::read_history& query, std::string_view cursor) {
  if (std::optional<timestamp> at = position_in(older_cursor, cursor)) {
    query.set_latest(query.inclusive() ? *at - 1 : *at);
    query.set_from_oldest(false);
    return ok;
  }
  if (std::optional<timestamp> at = position_in(newer_cursor, cursor)) {
    query.set_oldest(query.inclusive() ? *at + 1 : *at);
    query.set_from_oldest(true);
    return ok;
  }
  return errc::invalid_cursor;
}

}  // namespace

result<wire::read_history> history_query(const arguments& args, std::uint32_t page_max) {
  wire::read_history out;
  result<timestamp> oldest = args.ts("oldest", errc::invalid_ts_oldest);
  if (!oldest)
    return oldest.error();
  out.set_oldest(*oldest);
  // Some clients say "now" when they mean no bound.
  if (args.text("latest") != "now") {
    result<timestamp> latest = args.ts("latest", errc::invalid_ts_latest);
    if (!latest)
      return latest.error();
    out.set_latest(*latest);
  }
  result<bool> inclusive = args.flag("inclusive", false);
  if (!inclusive)
    return inclusive.error();
  out.set_inclusive(*inclusive);
  result<std::uint32_t> limit = args.limit(page_default, page_max);
  if (!limit)
    return limit.error();
  out.set_limit(*limit);
  out.set_from_oldest(args.has("oldest") && !args.has("latest"));
  if (args.has("cursor"))
    if (status known = go_on(out, args.text("cursor")); !known)
      return known.error();
  return out;
}

std::string history_cursor(const wire::channel_reply& page, bool from_oldest) {
  if (!page.has_more() || page.messages_size() == 0)
    return {};
  if (from_oldest)
    return make_cursor(newer_cursor, std::to_string(page.messages(0).ts()));
  return make_cursor(older_cursor, std::to_string(page.messages(page.messages_size() - 1).ts()));
}

}  // namespace carillon::api
