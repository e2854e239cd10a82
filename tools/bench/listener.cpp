#include "tools/bench/listener.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/base/ids.hpp"
#include "tools/bench/poster.hpp"

namespace carillon::bench {

namespace {

std::uint64_t number_at(std::string_view text, std::size_t at) {
  std::uint64_t value = 0;
  at = std::min(at, text.size());
  std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value;
}

} // namespace

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view mark) {
  std::size_t at = text.find(mark);
  if (at == std::string_view::npos)
    return std::nullopt;
  return number_at(text, at + mark.size());
}

listener::listener(client::event_loop& loop, delivery_tally& tally)
    : loop_(loop), tally_(tally), rtm_(loop, [this](std::string_view payload) { hear(payload); }) {}

std::uint64_t& listener::last_seq_of(std::string_view channel) {
  for (channel_place& place : channels_)
    if (place.channel == channel)
      return place.last_seq;
  channels_.push_back({std::string(channel), 0});
  return channels_.back().last_seq;
}

std::size_t mark_place::after(std::string_view payload) {
  constexpr std::size_t near = 12; // digits that a few numbers before it may have more or fewer
  std::size_t begin = std::min(last_ - std::min(last_, near), payload.size());
  std::size_t found = payload.substr(begin, mark_.size() + 2 * near).find(mark_);
  if (found != std::string_view::npos)
    found += begin;
  else
    found = payload.find(mark_);
  if (found == std::string_view::npos)
    return found;
  last_ = found;
  return found + mark_.size();
}

void listener::hear(std::string_view payload) {
  std::size_t time = tally_.time.after(payload);
  if (time == std::string_view::npos)
    return; // a join, a presence change
  ++tally_.delivered;
  tally_.bytes += payload.size() + (payload.size() < 126 ? 2 : 4);
  std::size_t channel = std::min(tally_.channel.after(payload), payload.size());
  std::uint64_t& last_seq = last_seq_of(payload.substr(channel, entity_id::text_size));
  std::uint64_t seq = number_at(payload, tally_.seq.after(payload));
  if (last_seq != 0 && seq != last_seq + 1)
    ++tally_.gaps;
  last_seq = seq;
  if (tally_.measuring)
    tally_.latency.record(loop_.now().time_since_epoch() -
                          std::chrono::nanoseconds(number_at(payload, time)));
}

std::vector<std::unique_ptr<listener>> connect_all(client::event_loop& loop,
                                                   const std::vector<client::endpoint>& hosts,
                                                   const std::vector<client::worker>& users,
                                                   delivery_tally& tally) {
  constexpr std::size_t batch = 250; // tickets do not live long, and a listen queue is finite
  std::vector<std::unique_ptr<listener>> all;
  for (std::size_t first = 0; first < users.size(); first += batch) {
    std::size_t end = std::min(first + batch, users.size());
    for (std::size_t host = 0; host < hosts.size(); ++host) {
      std::vector<client::api_call> calls;
      for (std::size_t i = first; i < end; ++i)
        if (i % hosts.size() == host)
          calls.push_back({"rtm.connect", users[i].token, {}});
      for (auto& answer : client::call_all(loop, hosts[host], calls)) {
        all.push_back(std::make_unique<listener>(loop, tally));
        auto& url = answer.at("url").as_string();
        all.back()->connect(std::string_view(url.data(), url.size()));
      }
    }
    auto settled = [&] {
      return std::none_of(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(), [](auto& l) {
        return l->current() == client::rtm_client::state::connecting;
      });
    };
    if (!loop.run_until(settled, std::chrono::seconds(30)))
      throw client::client_error("no hello within 30 s");
  }
  for (auto& one : all)
    if (one->current() != client::rtm_client::state::ready)
      throw client::client_error("an RTM connection ended: " + one->end_words());
  return all;
}

} // namespace carillon::bench
