#include "tools/bench/listener.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "tools/bench/poster.hpp"

namespace carillon::bench {
namespace {

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view mark) {
  std::size_t at = text.find(mark);
  if (at == std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), value);
  return value;
}

} // namespace

listener::listener(client::event_loop& loop, delivery_tally& tally)
    : loop_(loop), tally_(tally), rtm_(loop, [this](std::string_view payload) { hear(payload); }) {}

void listener::hear(std::string_view payload) {
  auto sent_at = number_after(payload, time_mark);
  if (!sent_at)
    return; // a join, a presence change
  ++tally_.delivered;
  std::uint64_t seq = number_after(payload, "\"seq\":").value_or(0);
  if (last_seq_ != 0 && seq != last_seq_ + 1)
    ++tally_.gaps;
  last_seq_ = seq;
  if (tally_.measuring)
    tally_.latency.record(loop_.now().time_since_epoch() - std::chrono::nanoseconds(*sent_at));
}

std::vector<std::unique_ptr<listener>> connect_all(client::event_loop& loop,
                                                   const client::endpoint& where,
                                                   const std::vector<client::worker>& users,
                                                   delivery_tally& tally) {
  constexpr std::size_t batch = 250; // tickets do not live long, and a listen queue is finite
  std::vector<std::unique_ptr<listener>> all;
  for (std::size_t first = 0; first < users.size(); first += batch) {
    std::size_t end = std::min(first + batch, users.size());
    std::vector<client::api_call> calls;
    for (std::size_t i = first; i < end; ++i)
      calls.push_back({"rtm.connect", users[i].token, {}});
    for (auto& answer : client::call_all(loop, where, calls)) {
      all.push_back(std::make_unique<listener>(loop, tally));
      auto& url = answer.at("url").as_string();
      all.back()->connect(std::string_view(url.data(), url.size()));
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
