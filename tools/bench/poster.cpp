#include "tools/bench/poster.hpp"

#include <charconv>

namespace carillon::bench {
namespace {

void append_number(std::string& to, std::uint64_t number) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  to.append(digits, end);
}

// No two of a process have one, so no post is taken for a retry of another.
std::uint32_t next_writer() {
  static std::uint32_t writers = 0;
  return ++writers;
}

} // namespace

post_writer::post_writer(const client::endpoint& where, std::size_t text_bytes)
    : number_(next_writer()), head_("POST /api/chat.postMessage HTTP/1.1\r\nHost: "), filler_(text_bytes, 'x'),
      text_bytes_(text_bytes) {
  head_.append(where.authority());
  head_.append("\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Bearer ");
  id_ = "&client_msg_id=b" + std::to_string(number_) + "-";
}

std::string_view post_writer::write(const post_place& place, tick_time sent_at) {
  std::string text(time_mark);
  append_number(text, static_cast<std::uint64_t>(sent_at.time_since_epoch().count()));
  text += ';';
  if (text.size() < text_bytes_)
    text.append(filler_, 0, text_bytes_ - text.size());
  std::string number;
  append_number(number, ++count_);
  std::size_t body = 8 + place.channel.size() + id_.size() + number.size() + 6 + text.size();
  request_.assign(head_).append(place.token).append("\r\nContent-Length: ");
  append_number(request_, body);
  request_.append("\r\n\r\nchannel=").append(place.channel).append(id_).append(number);
  request_.append("&text=").append(text);
  return request_;
}

poster::poster(client::event_loop& loop, const client::endpoint& where,
               const std::vector<post_place>& places, std::size_t number, std::size_t step,
               std::size_t text_bytes, post_tally& tally)
    : loop_(loop), writer_(where, text_bytes), http_(loop, where), places_(places),
      step_(step), place_(number % places.size()), tally_(tally) {}

void poster::post() {
  sent_at_ = steady_now();
  std::string_view request = writer_.write(places_[place_], sent_at_);
  place_ = (place_ + step_) % places_.size();
  ++tally_.waiting;
  tally_.request_bytes = request.size();
  http_.send(request, [this](const client::http_response_view* response) { hear(response); });
}

void poster::hear(const client::http_response_view* response) {
  if (count_answer(tally_, response) && tally_.measuring)
    tally_.latency.record(loop_.now() - sent_at_);
  // Without an answer the host is gone or gave us up: hammering it would measure nothing.
  if (response && !tally_.stop)
    post();
}

bool count_answer(post_tally& tally, const client::http_response_view* response) {
  --tally.waiting;
  if (!response) {
    ++tally.lost;
    return false;
  }
  tally.answer_bytes = response->size;
  if (response->body.find("\"ok\":true") == std::string_view::npos) {
    if (tally.refused++ == 0)
      tally.first_refusal =
          "HTTP " + std::to_string(response->status) + " " + std::string(response->body);
    return false;
  }
  ++tally.acknowledged;
  return true;
}

void check_all_accepted(const post_tally& tally) {
  if (tally.refused + tally.lost > 0)
    throw client::client_error(std::to_string(tally.refused) + " posts refused, " +
                               std::to_string(tally.lost) + " lost; first: " + tally.first_refusal);
}

void start_posting(std::vector<std::unique_ptr<poster>>& posters, post_tally& tally) {
  tally.stop = false;
  for (auto& one : posters)
    one->start();
}

void stop_posting(client::event_loop& loop, post_tally& tally) {
  tally.measuring = false;
  tally.stop = true;
  if (!loop.run_until([&] { return tally.waiting == 0; }, std::chrono::seconds(30)))
    throw client::client_error("posts were not answered within 30 s");
}

} // namespace carillon::bench
