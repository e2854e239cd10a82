#include "tools/bench/stubborn_poster.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::milliseconds patience{2'500}; // then another host is asked the same
constexpr std::chrono::milliseconds rest{20};        // between tries, and between posts

} // namespace

stubborn_poster::stubborn_poster(client::event_loop& loop,
                                 const std::vector<client::endpoint>& hosts, std::size_t host,
                                 post_place place, std::size_t text_bytes, acceptance told)
    : loop_(loop), hosts_(hosts), host_(host % hosts.size()), place_(std::move(place)),
      text_bytes_(text_bytes), told_(std::move(told)) {}

void stubborn_poster::tick(tick_time now) {
  if (std::exchange(drop_connection_, false))
    http_.reset();
  if (http_ && http_->is_busy()) {
    if (now - sent_at_ < patience)
      return;
    http_.reset();
    try_elsewhere(now);
  }
  if (now < next_at_)
    return;
  if (!std::exchange(unsettled_, true)) {
    ++number_;
    first_tried_ = now;
  }
  if (!http_)
    http_ = std::make_unique<client::http_client>(loop_, hosts_[host_]);
  sent_at_ = now;
  ++tries_;
  http_->send(client::api_request(hosts_[host_], "chat.postMessage", place_.token,
                                  {{"channel", place_.channel},
                                   {"client_msg_id", "s" + std::to_string(number_)},
                                   {"text", std::string(text_bytes_, 'x')}}),
              [this](const client::http_response_view* response) { hear(response); });
}

void stubborn_poster::try_elsewhere(tick_time again_at) {
  host_ = (host_ + 1) % hosts_.size();
  next_at_ = again_at;
}

void stubborn_poster::hear(const client::http_response_view* response) {
  tick_time now = loop_.now();
  if (!response || response->body.find("\"ok\":true") == std::string_view::npos) {
    drop_connection_ = true;
    return try_elsewhere(now + rest);
  }
  unsettled_ = false;
  next_at_ = now + rest;
  told_(first_tried_, now);
}

} // namespace carillon::bench
