#include "tools/bench/storm/storm_client.hpp"

#include <vector>

#include <boost/json.hpp>

#include "tools/bench/listener.hpp"

namespace carillon::bench {
namespace {

std::string_view text_after(std::string_view text, std::string_view mark) {
  std::size_t at = text.find(mark);
  if (at == std::string_view::npos)
    return {};
  text.remove_prefix(at + mark.size());
  return text.substr(0, text.find('"'));
}

} // namespace

std::string storm_client::history_arguments() const {
  // Who has nothing yet wants to know where the channel is, and not what was said before.
  if (messages_.last().ts.empty())
    return "limit=1&channel=" + channel_;
  return "limit=1000&channel=" + channel_ + "&oldest=" + messages_.last().ts;
}

void storm_client::connect(client::event_loop& loop, std::string_view url) {
  messages_.begin();
  socket_ = std::make_unique<client::rtm_client>(
      loop, [this](std::string_view payload) { hear(payload); });
  socket_->connect(url, from_);
}

void storm_client::hear(std::string_view payload) {
  if (payload.find("\"type\":\"message\"") == std::string_view::npos ||
      text_after(payload, "\"channel\":\"") != channel_)
    return;
  if (std::uint64_t seq = number_after(payload, "\"seq\":").value_or(0); seq != 0)
    messages_.live({seq, std::string(text_after(payload, "\"ts\":\""))});
}

std::size_t storm_client::read_history(std::string_view body) {
  boost::json::error_code failure;
  auto parsed = boost::json::parse(boost::json::string_view(body.data(), body.size()), failure);
  const auto* object = failure ? nullptr : parsed.if_object();
  const auto* messages = object ? object->if_contains("messages") : nullptr;
  if (!messages || !messages->is_array())
    throw client::client_error("no history: " + std::string(body.substr(0, 200)));
  const auto* more = object->if_contains("has_more");
  if (more && more->is_bool() && more->get_bool() && messages_.last().seq != 0)
    throw client::client_error("more was missed than one page of history holds");
  std::vector<catch_up::place> missed;
  const auto& newest_first = messages->get_array();
  for (std::size_t i = newest_first.size(); i > 0; --i) {
    const auto& message = newest_first[i - 1].as_object();
    missed.push_back({message.at("seq").to_number<std::uint64_t>(),
                      std::string(message.at("ts").as_string())});
  }
  std::size_t count = missed.size();
  messages_.history(std::move(missed));
  return count;
}

} // namespace carillon::bench
