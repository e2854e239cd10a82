#include "tools/bench/pressure/told_posts.hpp"

#include <algorithm>
#include <charconv>

#include "tools/bench/listener.hpp"
#include "tools/chaos/between.hpp"

namespace carillon::bench {
namespace {

constexpr int tries_max = 50; // of one page, while the host is still out of breath
constexpr std::chrono::milliseconds rest{200};
constexpr std::size_t words_max = 3; // of a verdict in a report

std::string text_at(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

boost::json::object read_page(client::event_loop& loop, client::api_client& reader,
                              const client::form& arguments) {
  for (int i = 1;; ++i) {
    client::api_reply reply = reader.try_call("conversations.history", arguments);
    if (reply.is_ok())
      return std::move(reply.json);
    if ((reply.status != 503 && reply.status != 429) || i == tries_max)
      throw client::client_error("conversations.history: HTTP " + std::to_string(reply.status) + " " +
                                 reply.error());
    loop.run_for(rest);
  }
}

std::vector<chaos::sighting> read_history(client::event_loop& loop, client::api_client& reader,
                                          const std::string& channel) {
  std::vector<chaos::sighting> all;
  std::string cursor;
  do {
    client::form arguments{{"channel", channel}, {"limit", "1000"}};
    if (!cursor.empty())
      arguments.emplace_back("cursor", cursor);
    boost::json::object page = read_page(loop, reader, arguments);
    for (const auto& each : page.at("messages").as_array()) {
      const auto& object = each.as_object();
      chaos::sighting message;
      message.seq = object.at("seq").to_number<std::uint64_t>();
      message.ts = chaos::read_ts(text_at(object, "ts"));
      if (std::string key = text_at(object, "client_msg_id"); key.starts_with('b'))
        chaos::read_key(std::string_view(key).substr(1), message);
      all.push_back(message);
    }
    cursor.clear();
    if (page.at("has_more").as_bool())
      cursor = text_at(page.at("response_metadata").as_object(), "next_cursor");
  } while (!cursor.empty());
  std::reverse(all.begin(), all.end()); // the newest came first
  return all;
}

} // namespace

void told_posts::hear(std::uint32_t writer, const client::http_response_view* response) {
  chaos::acknowledgement& post = posts_[writer].emplace_back();
  if (!response || response->body.find("\"ok\":true") == std::string_view::npos)
    return;
  post.ts = chaos::read_ts(chaos::between(response->body, "\"ts\":\"", '"'));
  post.seq = number_after(response->body, "\"seq\":").value_or(0);
  last_seq_ = std::max(last_seq_, post.seq);
}

void told_posts::judge(client::event_loop& loop, const client::endpoint& where,
                       const std::string& token, const std::string& channel,
                       chaos::counted& verdict) const {
  client::api_client reader(loop, where, token);
  std::map<std::uint32_t, const std::vector<chaos::acknowledgement>*> posters;
  for (const auto& [writer, posts] : posts_)
    posters[writer] = &posts;
  chaos::judge(channel, read_history(loop, reader, channel), posters, {}, verdict);
}

void add_verdict(report& out, const std::string& name, const chaos::counted& verdict) {
  std::uint64_t wrong =
      verdict.lost + verdict.repeated + verdict.reordered + verdict.gaps + verdict.invented;
  out.add(name + "_acknowledged", static_cast<double>(verdict.posts), "");
  out.add(name + "_wrong_in_history", static_cast<double>(wrong), "");
  for (std::size_t i = 0; i < std::min(words_max, verdict.sentences.size()); ++i)
    out.broken.push_back(verdict.sentences[i]);
}

} // namespace carillon::bench
