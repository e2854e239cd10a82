#include "tests/support/insistent_poster.hpp"

#include <boost/json.hpp>

namespace carillon::testing {

insistent_poster::insistent_poster(client::event_loop& loop, client::worker who,
                                   std::string channel, std::string name, std::size_t text_bytes)
    : loop_(loop), who_(std::move(who)), channel_(std::move(channel)), name_(std::move(name)),
      text_(text_bytes, 'x') {}

std::size_t insistent_poster::acknowledged() const {
  return posts_.size() - (is_settled() ? 0 : 1);
}

void insistent_poster::resume(const client::endpoint& where) {
  where_ = where;
  http_ = std::make_unique<client::http_client>(loop_, where_);
  connected_ = true;
  retry();
}

void insistent_poster::retry() {
  if (is_waiting())
    return;
  if (!is_settled())
    send_last();
  else
    post_next();
}

void insistent_poster::pause() {
  http_.reset();
  connected_ = false;
}

void insistent_poster::post_next() {
  if (finishing_)
    return;
  posts_.push_back({name_ + "-" + std::to_string(posts_.size() + 1), false, 0, ""});
  send_last();
}

void insistent_poster::send_last() {
  const std::string& key = posts_.back().key;
  http_->send(client::api_request(
                  where_, "chat.postMessage", who_.token,
                  {{"channel", channel_}, {"client_msg_id", key}, {"text", key + " " + text_}}),
              [this](const client::http_response_view* response) { hear(response); });
}

void insistent_poster::hear(const client::http_response_view* response) {
  if (!response) {
    connected_ = false;
    return;
  }
  boost::json::error_code failure;
  auto answer = boost::json::parse(
      boost::json::string_view(response->body.data(), response->body.size()), failure);
  const boost::json::value* good =
      !failure && answer.is_object() ? answer.get_object().if_contains("ok") : nullptr;
  if (response->status != 200 || !good || *good != true) {
    refusals_.push_back({response->status, response->retry_after, std::string(response->body)});
    return;
  }
  post_record& post = posts_.back();
  post.acknowledged = true;
  post.ts = answer.at("ts").as_string();
  post.seq = answer.at("message").at("seq").to_number<std::uint64_t>();
  post_next();
}

} // namespace carillon::testing
