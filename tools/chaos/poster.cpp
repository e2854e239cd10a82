#include "tools/chaos/poster.hpp"

#include <charconv>
#include <utility>

#include "tools/chaos/between.hpp"

namespace carillon::chaos {
namespace {

constexpr std::chrono::milliseconds patience{2'500}; // then another host is asked the same
constexpr std::chrono::milliseconds rest{50};        // before asking again

} // namespace

poster::poster(client::event_loop& loop, plan what, const std::vector<client::endpoint>& hosts,
               acceptance told)
    : loop_(loop), plan_(std::move(what)), hosts_(hosts), told_(std::move(told)),
      host_(plan_.host) {}

void poster::tick(tick_time now) {
  if (drop_connection_) {
    http_.reset();
    drop_connection_ = false;
  }
  if (http_ && http_->is_busy()) {
    if (now - sent_at_ < patience)
      return;
    http_.reset();
    try_elsewhere(now);
  }
  if (next_at_ == tick_time{})
    next_at_ = now + plan_.offset;
  if (now < next_at_)
    return;
  if (is_settled()) {
    if (finishing_)
      return;
    if (std::exchange(going_home_, false) && host_ != plan_.host) {
      http_.reset();
      host_ = plan_.host;
    }
    posts_.emplace_back();
    first_tried_ = now;
  } else {
    ++retries_;
  }
  send(now);
}

void poster::try_elsewhere(tick_time again_at) {
  host_ = (host_ + 1) % hosts_.size();
  next_at_ = again_at;
}

void poster::send(tick_time now) {
  if (!http_)
    http_ = std::make_unique<client::http_client>(loop_, hosts_[host_]);
  sent_at_ = now;
  std::string key = make_key(plan_.number, static_cast<std::uint32_t>(posts_.size()));
  http_->send(client::api_request(hosts_[host_], "chat.postMessage", plan_.who.token,
                                  {{"channel", plan_.channel_id}, {"client_msg_id", key}, {"text", key}}),
              [this](const client::http_response_view* response) { hear(response); });
}

void poster::hear(const client::http_response_view* response) {
  tick_time now = loop_.now();
  if (!response) {
    drop_connection_ = true;
    return try_elsewhere(now + rest);
  }
  std::string_view body = response->body;
  std::uint64_t ts = read_ts(between(body, "\"ts\":\"", '"'));
  std::string_view seq = between(body, "\"seq\":", ',');
  if (response->status != 200 || body.find("\"ok\":true") == std::string_view::npos || ts == 0) {
    drop_connection_ = true;
    return try_elsewhere(now + rest);
  }
  posts_.back().ts = ts;
  std::from_chars(seq.data(), seq.data() + seq.size(), posts_.back().seq);
  told_(plan_.channel, first_tried_, now);
  // The pace is of the posts' beginnings; a late one does not make the next ones hurry.
  next_at_ = std::max(now, first_tried_ + plan_.interval);
}

} // namespace carillon::chaos
