#include "tools/bench/poster.hpp"

namespace carillon::bench {

poster::poster(client::event_loop& loop, const client::endpoint& where, const client::worker& who,
               const std::string& channel, std::size_t text_bytes, post_tally& tally)
    : loop_(loop), where_(where), http_(loop, where), token_(who.token), text_bytes_(text_bytes),
      tally_(tally) {
  body_start_ = "channel=" + channel + "&client_msg_id=" + who.user_id + "-";
}

void poster::post() {
  sent_at_ = steady_now();
  std::string text(time_mark);
  text += std::to_string(sent_at_.time_since_epoch().count()) + ';';
  if (text.size() < text_bytes_)
    text.append(text_bytes_ - text.size(), 'x');
  std::string body = body_start_ + std::to_string(++number_) + "&text=" + text;
  ++tally_.waiting;
  http_.send(client::api_request_with_body(where_, "chat.postMessage", token_, body),
             [this](const client::http_response_view* response) { hear(response); });
}

void poster::hear(const client::http_response_view* response) {
  --tally_.waiting;
  if (!response) {
    ++tally_.lost;
    return; // the host is gone or gave us up: hammering it would measure nothing
  }
  if (response->body.find("\"ok\":true") == std::string_view::npos) {
    if (tally_.refused++ == 0)
      tally_.first_refusal =
          "HTTP " + std::to_string(response->status) + " " + std::string(response->body);
  } else {
    ++tally_.acknowledged;
    if (tally_.measuring)
      tally_.latency.record(loop_.now() - sent_at_);
  }
  if (!tally_.stop)
    post();
}

void stop_posting(client::event_loop& loop, post_tally& tally) {
  tally.measuring = false;
  tally.stop = true;
  if (!loop.run_until([&] { return tally.waiting == 0; }, std::chrono::seconds(30)))
    throw client::client_error("posts were not answered within 30 s");
}

} // namespace carillon::bench
