#include "tools/chaos/subscriber.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include "tools/chaos/between.hpp"

namespace carillon::chaos {
namespace {

constexpr std::chrono::milliseconds patience{3'000}; // for an answer or a hello
constexpr std::chrono::milliseconds rest{100};       // at first
constexpr std::uint32_t doublings_max = 5;           // of it: 3.2 s

} // namespace

subscriber::subscriber(client::event_loop& loop, client::worker who, std::size_t host,
                       const std::vector<client::endpoint>& hosts, const listener& told)
    : loop_(loop), who_(std::move(who)), hosts_(hosts), told_(told), host_(host) {}

void subscriber::tick(tick_time now) {
  using state = client::rtm_client::state;
  if (rtm_ && rtm_->current() == state::ready) {
    was_ready_ = true;
    refusals_ = 0;
    return;
  }
  if (rtm_ && rtm_->current() == state::closed) {
    const bool lost = std::exchange(was_ready_, false);
    if (lost)
      told_.lost(host_, rtm_->end_words() + ", close code " + std::to_string(rtm_->close_code()));
    rtm_.reset();
    return lost ? elsewhere(now + rest) : not_taken(now, -1);
  }
  if (rtm_ || asking_) { // under way
    if (now - asked_at_ > patience) {
      rtm_.reset();
      http_.reset();
      not_taken(now, -1);
    }
    return;
  }
  if (!url_.empty()) {
    for (auto& [channel, stretches] : seen_)
      if (!stretches.back().empty())
        stretches.emplace_back();
    rtm_ = std::make_unique<client::rtm_client>(
        loop_, [this](std::string_view payload) { hear(payload); });
    ++connections_;
    rtm_->connect(std::exchange(url_, {}));
    asked_at_ = now;
    http_.reset();
    return;
  }
  if (now >= next_at_)
    ask_for_url(now);
}

void subscriber::drop() {
  rtm_.reset();
  http_.reset();
  url_.clear();
  asking_ = false;
  was_ready_ = false;
  refusals_ = 0;
  next_at_ = {};
}

void subscriber::elsewhere(tick_time again_at) {
  host_ = (host_ + 1) % hosts_.size();
  next_at_ = again_at;
  asking_ = false;
  url_.clear();
  http_.reset();
}

// At another host soon; when none of them takes it, later and later, each client at its own moments. Also
// from inside the answer's handler.
void subscriber::not_taken(tick_time now, int retry_after) {
  const auto longest = rest * (1u << std::min(refusals_++, doublings_max));
  const auto chance = static_cast<std::int64_t>(
      std::hash<std::string>{}(who_.token + std::to_string(refusals_)) % 512);
  std::chrono::milliseconds pause = longest / 2 + longest * chance / 1024;
  if (refusals_ >= hosts_.size() && retry_after > 0)
    pause = std::max<std::chrono::milliseconds>(pause, std::chrono::seconds(retry_after));
  asking_ = false;
  host_ = (host_ + 1) % hosts_.size();
  next_at_ = now + pause;
}

void subscriber::ask_for_url(tick_time now) {
  http_ = std::make_unique<client::http_client>(loop_, hosts_[host_]);
  asking_ = true;
  asked_at_ = now;
  http_->send(client::api_request(hosts_[host_], "rtm.connect", who_.token, {}),
              [this](const client::http_response_view* response) { hear_url(response); });
}

void subscriber::hear_url(const client::http_response_view* response) {
  asking_ = false;
  std::string_view url = response ? between(response->body, "\"url\":\"", '"') : std::string_view();
  if (url.empty())
    return not_taken(loop_.now(), response ? response->retry_after : -1);
  for (char c : url) // JSON may escape the slashes
    if (c != '\\')
      url_ += c;
}

std::uint64_t subscriber::last_seq(const std::string& channel_id) const {
  auto found = seen_.find(channel_id);
  return found == seen_.end() ? 0 : found->second.back().last();
}

void subscriber::hear(std::string_view payload) {
  if (payload.find("\"type\":\"message\"") == std::string_view::npos)
    return;
  std::string_view channel = between(payload, "\"channel\":\"", '"');
  sighting message;
  std::string_view seq = between(payload, "\"seq\":", ',');
  std::from_chars(seq.data(), seq.data() + seq.size(), message.seq);
  message.ts = read_ts(between(payload, "\"ts\":\"", '"'));
  read_key(between(payload, "\"client_msg_id\":\"", '"'), message);
  if (message.seq == 0 || channel.empty())
    return;
  ++events_;
  auto found = seen_.find(channel);
  if (found == seen_.end())
    found = seen_.emplace(std::string(channel), std::vector<stretch>(1)).first;
  std::string wrong = found->second.back().see(message);
  if (!wrong.empty())
    told_.wrong(found->first, wrong);
}

} // namespace carillon::chaos
