#include "actors/api/message_argument.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "actors/api/text_rules.hpp"
#include "actors/slack_json_input.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::size_t list_items_max = 100;    // Slack: 50 blocks, 100 attachments
constexpr std::size_t name_max_bytes = 1'024;  // username, icon_url, icon_emoji

result<std::string> json_object(const arguments& args, std::string_view name, errc refusal,
                                const settings::limits_settings& limits) {
  if (!args.has(name))
    return std::string();
  const std::string& text = args.text(name);
  if (text.size() > limits.blocks_max_bytes)
    return refusal;
  const result<json::value> parsed = slack::read_json(text);
  if (!parsed || !parsed->is_object())
    return refusal;
  std::string out = json::serialize(*parsed);
  if (out.size() > limits.blocks_max_bytes)  // written again, a number may be longer
    return refusal;
  return out;
}

}  // namespace

result<std::string> json_list(const arguments& args, std::string_view name, errc refusal,
                              const settings::limits_settings& limits) {
  if (!args.has(name))
    return std::string();
  const std::string& text = args.text(name);
  if (text.size() > limits.blocks_max_bytes)
    return make_error(refusal, std::string(name) + " is over the limit");
  const result<json::value> parsed = slack::read_json(text);
  if (!parsed || !parsed->is_array() || parsed->get_array().size() > list_items_max)
    return make_error(refusal, std::string(name) + " must be a JSON array of objects");
  const json::array& items = parsed->get_array();
  if (!std::all_of(items.begin(), items.end(),
                   [](const json::value& item) { return item.is_object(); }))
    return make_error(refusal, std::string(name) + " must be a JSON array of objects");
  std::string out = items.empty() ? std::string() : json::serialize(*parsed);
  if (out.size() > limits.blocks_max_bytes)  // written again, a number may be longer
    return make_error(refusal, std::string(name) + " is over the limit");
  return out;
}

status check_text(const std::string& text, const settings::limits_settings& limits) {
  if (text.size() > limits.text_max_characters &&
      count_characters(text) > limits.text_max_characters)
    return errc::msg_too_long;
  return ok;
}

// What is absent is not set: an empty string of Protobuf that was set is one that was made.
result<wire::post_message> message_argument(const arguments& args,
                                            const settings::limits_settings& limits) {
  wire::post_message out;
  out.set_text(args.text("text"));
  if (status fits = check_text(out.text(), limits); !fits)
    return fits.error();
  result<std::string> blocks = json_list(args, "blocks", errc::invalid_blocks, limits);
  if (!blocks)
    return blocks.error();
  if (!blocks->empty())
    out.set_blocks(std::move(*blocks));
  result<std::string> attachments =
      json_list(args, "attachments", errc::invalid_attachments, limits);
  if (!attachments)
    return attachments.error();
  if (!attachments->empty())
    out.set_attachments(std::move(*attachments));
  if (out.text().empty() && out.blocks().empty() && out.attachments().empty())
    return errc::no_text;
  result<std::string> metadata =
      json_object(args, "metadata", errc::invalid_metadata_format, limits);
  if (!metadata)
    return metadata.error();
  if (!metadata->empty())
    out.set_metadata(std::move(*metadata));
  result<timestamp> thread = args.ts("thread_ts", errc::invalid_arguments);
  if (!thread)
    return thread.error();
  out.set_thread_ts(*thread);
  const std::string& client_msg_id = args.text("client_msg_id");
  if (client_msg_id.size() > limits.client_msg_id_max_bytes)
    return make_error(errc::invalid_arguments, "client_msg_id is too long");
  if (!client_msg_id.empty())
    out.set_client_msg_id(client_msg_id);
  const std::string& username = args.text("username");
  const std::string& icon_url = args.text("icon_url");
  const std::string& icon_emoji = args.text("icon_emoji");
  for (const auto& [name, size] : {std::pair("username", username.size()),
                                   std::pair("icon_url", icon_url.size()),
                                   std::pair("icon_emoji", icon_emoji.size())})
    if (size > name_max_bytes)
      return make_error(errc::invalid_arguments, std::string(name) + " is too long");
  if (!username.empty())
    out.set_username(username);
  if (!icon_url.empty())
    out.set_icon_url(icon_url);
  if (!icon_emoji.empty())
    out.set_icon_emoji(icon_emoji);
  return out;
}

}  // namespace carillon::api
