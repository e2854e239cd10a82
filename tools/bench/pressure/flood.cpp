#include "tools/bench/pressure/flood.hpp"

#include <algorithm>

#include "tools/bench/local_address.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::milliseconds rest_untold{250}; // after an error that says nothing of a time

constexpr auto rests_longer = [](const auto& a, const auto& b) {
  return a.first > b.first;
};

} // namespace

void flood::add_line(const post_place& place) {
  places_.push_back(place);
  told_[place.channel];
  reader_.emplace(place.channel, place.token);
}

void flood::make_lines(std::size_t text_bytes) {
  for (const post_place& place : places_) {
    std::size_t number = lines_.size();
    client::endpoint where = hosts_[number % hosts_.size()];
    where.from = local_address(where, number);
    auto& made = lines_.emplace_back(std::make_unique<line>(loop_, where, text_bytes));
    made->place = place;
    made->told = &told_[place.channel];
    free_.push_back(made.get());
  }
  places_.clear();
}

void flood::start(const how& what) {
  how_ = what;
  counts_ = {};
  make_lines(what.text_bytes);
  wake(tick_time::max()); // who was told to wait was told so in another run
  if (what.per_second > 0) {
    pacer_.emplace(loop_, what.per_second, [this](tick_time) { post_one(); });
    return;
  }
  closed_ = std::min(what.closed, lines_.size());
  for (std::size_t i = 0; i < closed_; ++i)
    post_one();
}

void flood::wake(tick_time now) {
  while (!resting_.empty() && resting_.front().first <= now) {
    free_.push_back(resting_.front().second);
    std::pop_heap(resting_.begin(), resting_.end(), rests_longer);
    resting_.pop_back();
  }
}

void flood::post_one() {
  wake(steady_now());
  if (free_.empty()) {
    ++counts_.unsent;
    return;
  }
  line& by = *free_.front(); // each in turn
  free_.pop_front();
  post(by);
}

void flood::post(line& by) {
  ++waiting_;
  by.http.send(by.writer.write(by.place, steady_now()),
               [this, &by](const client::http_response_view* response) { hear(by, response); });
}

void flood::hear(line& by, const client::http_response_view* response) {
  --waiting_;
  by.told->hear(by.writer.number(), response);
  bool good = response && response->body.find("\"ok\":true") != std::string_view::npos;
  if (good) {
    ++counts_.accepted;
  } else {
    ++(response ? counts_.refused : counts_.lost);
    counts_.told_when += response && response->retry_after >= 0;
    if (response && counts_.first_refusal.empty())
      counts_.first_refusal =
          "HTTP " + std::to_string(response->status) + " " + std::string(response->body.substr(0, 100));
  }
  if (good && closed_ > 0)
    return post(by);
  if (good || (response && how_.ignores_refusals)) {
    free_.push_back(&by);
  } else {
    auto wait = response && response->retry_after >= 0
                    ? std::chrono::milliseconds(1'000 * response->retry_after)
                    : rest_untold;
    resting_.emplace_back(loop_.now() + wait, &by);
    std::push_heap(resting_.begin(), resting_.end(), rests_longer);
  }
}

std::uint64_t flood::last_seq(const std::string& channel) const {
  auto found = told_.find(channel);
  return found == told_.end() ? 0 : found->second.last_seq();
}

chaos::counted flood::judge() {
  chaos::counted verdict;
  for (const auto& [channel, told] : told_)
    told.judge(loop_, hosts_.front(), reader_.at(channel), channel, verdict);
  return verdict;
}

} // namespace carillon::bench
