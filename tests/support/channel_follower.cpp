#include "tests/support/channel_follower.hpp"

#include <utility>

namespace carillon::testing {
namespace {

namespace json = boost::json;

std::string text_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t seq_of(const json::object& object) {
  return object.at("seq").to_number<std::uint64_t>();
}

seen_message seen(const json::object& message) {
  return {seq_of(message), text_field(message, "ts"), text_field(message, "client_msg_id")};
}

struct page {
  std::vector<seen_message> messages; // newest first, as Slack
  std::string next_cursor;
};

page read_page(client::api_client& reader, client::form arguments, const std::string& cursor) {
  arguments.emplace_back("limit", "1000");
  if (!cursor.empty())
    arguments.emplace_back("cursor", cursor);
  auto answer = reader.call("conversations.history", arguments);
  page out;
  for (const auto& message : answer.at("messages").as_array())
    out.messages.push_back(seen(message.as_object()));
  if (answer.at("has_more").as_bool())
    out.next_cursor = text_field(answer.at("response_metadata").as_object(), "next_cursor");
  return out;
}

} // namespace

std::vector<seen_message> read_history(client::api_client& reader, const std::string& channel) {
  std::vector<seen_message> newest_first;
  std::string cursor;
  do {
    page one = read_page(reader, {{"channel", channel}}, cursor);
    newest_first.insert(newest_first.end(), one.messages.begin(), one.messages.end());
    cursor = one.next_cursor;
  } while (!cursor.empty());
  return {newest_first.rbegin(), newest_first.rend()};
}

std::vector<seen_message> read_history_after(client::api_client& reader, const std::string& channel,
                                             const std::string& after_ts) {
  std::vector<seen_message> oldest_first;
  std::string cursor;
  do {
    page one = read_page(reader, {{"channel", channel}, {"oldest", after_ts}}, cursor);
    oldest_first.insert(oldest_first.end(), one.messages.rbegin(), one.messages.rend());
    cursor = one.next_cursor;
  } while (!cursor.empty());
  return oldest_first;
}

channel_follower::channel_follower(client::event_loop& loop, client::worker who,
                                   const std::vector<std::string>& channels)
    : loop_(loop), who_(std::move(who)) {
  for (const auto& channel : channels)
    views_.try_emplace(channel);
}

void channel_follower::connect(const client::endpoint& where) {
  client::api_client reader(loop_, where, who_.token);
  std::string url(reader.call("rtm.connect").at("url").as_string());
  rtm_ = std::make_unique<client::rtm_client>(loop_,
                                              [this](std::string_view payload) { hear(payload); });
  reading_ = true;
  rtm_->connect(url);
  loop_.run_until([&] { return rtm_->current() != client::rtm_client::state::connecting; },
                  client::api_client::patience);
  if (!is_connected())
    throw client::client_error("no hello: " + rtm_->end_words());
  for (auto& [channel, view] : views_)
    read_up(reader, channel);
  reading_ = false;
  for (auto& [channel, view] : views_)
    for (const auto& message : std::exchange(view.while_reading, {}))
      take_live(view, message);
}

void channel_follower::read_up(client::api_client& reader, const std::string& channel) {
  channel_view& view = views_.at(channel);
  auto missed = view.messages.empty()
                    ? read_history(reader, channel)
                    : read_history_after(reader, channel, view.messages.back().ts);
  view.messages.insert(view.messages.end(), missed.begin(), missed.end());
  view.read_up_to = last_seq(channel);
}

// History comes on a connection of its own and may be ahead of the socket.
void channel_follower::take_live(channel_view& view, const seen_message& message) {
  if (message.seq > view.read_up_to)
    view.messages.push_back(message);
}

void channel_follower::disconnect() {
  rtm_.reset();
}

bool channel_follower::is_connected() const {
  return rtm_ && rtm_->current() == client::rtm_client::state::ready;
}

const std::vector<seen_message>& channel_follower::view(const std::string& channel) const {
  return views_.at(channel).messages;
}

const std::vector<std::uint64_t>& channel_follower::other_seqs(const std::string& channel) const {
  return views_.at(channel).others;
}

std::uint64_t channel_follower::last_seq(const std::string& channel) const {
  const auto& messages = view(channel);
  return messages.empty() ? 0 : messages.back().seq;
}

void channel_follower::hear(std::string_view payload) {
  auto event = json::parse(json::string_view(payload.data(), payload.size())).as_object();
  if (text_field(event, "type") != "message")
    return;
  auto found = views_.find(text_field(event, "channel"));
  if (found == views_.end())
    return;
  channel_view& view = found->second;
  std::string subtype = text_field(event, "subtype");
  if (subtype == "message_changed" || subtype == "message_deleted")
    view.others.push_back(seq_of(event));
  else if (reading_)
    view.while_reading.push_back(seen(event));
  else
    take_live(view, seen(event));
}

} // namespace carillon::testing
