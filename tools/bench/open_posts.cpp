#include "tools/bench/open_posts.hpp"

namespace carillon::bench {

open_posts::open_posts(client::event_loop& loop, const target& hosts,
                       const std::vector<post_place>& places, std::size_t lines,
                       std::size_t text_bytes, post_tally& tally)
    : loop_(loop), places_(places), tally_(tally) {
  for (std::size_t i = 0; i < lines; ++i) {
    lines_.push_back(std::make_unique<line>(loop, hosts.where(i), text_bytes));
    free_.push_back(lines_.back().get());
  }
}

void open_posts::start(double per_second) {
  pacer_.emplace(loop_, per_second, [this](tick_time intended) {
    ++tally_.waiting;
    intended_.push_back(intended);
    if (free_.empty())
      return;
    line* by = free_.back();
    free_.pop_back();
    post_next(*by);
  });
}

void open_posts::post_next(line& by) {
  by.intended = intended_.front();
  intended_.pop_front();
  std::string_view request = by.writer.write(places_[next_place_], by.intended);
  next_place_ = (next_place_ + 1) % places_.size();
  tally_.request_bytes = request.size();
  by.http.send(request, [this, &by](const client::http_response_view* response) {
    if (count_answer(tally_, response) && tally_.measuring)
      tally_.latency.record(loop_.now() - by.intended);
    if (told_)
      told_(by.writer.number(), response);
    if (intended_.empty())
      free_.push_back(&by);
    else
      post_next(by);
  });
}

} // namespace carillon::bench
