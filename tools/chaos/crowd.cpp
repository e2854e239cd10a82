#include "tools/chaos/crowd.hpp"

#include <algorithm>
#include <utility>

namespace carillon::chaos {
namespace {

constexpr std::chrono::milliseconds turn{10};
constexpr std::chrono::milliseconds between_samples{50};
constexpr int reads_max = 10; // of one page of history, while the answer is 503 or 429

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string text_at(const boost::json::object& object, const char* name) {
  const boost::json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

} // namespace

crowd::crowd(client::event_loop& loop, const scenario& what,
             const std::vector<client::endpoint>& hosts, const std::string& admin_token)
    : loop_(loop), what_(what), hosts_(hosts) {
  told_.lost = [this](std::size_t host, const std::string& words) {
    if (!excused_.contains(host))
      broken_.push_back("a client of host " + std::to_string(host) + " was disconnected: " + words);
  };
  told_.wrong = [this](const std::string& channel, const std::string& words) {
    if (words.find("repeated") != std::string::npos)
      ++live_.repeated;
    else if (words.find("gap") != std::string::npos)
      ++live_.gaps;
    else
      ++live_.reordered;
    live_.say(channel + ": live: " + words);
  };

  const std::size_t crowd_size = std::max<std::size_t>(what.posters, 1) + what.subscribers +
                                 what.stock_clients;
  people_ = client::hire(loop_, hosts_.front(), admin_token, crowd_size, "chaos");
  client::api_client owner(loop_, hosts_.front(), people_.front().token);
  for (std::size_t i = 0; i < what.channels; ++i) {
    channels_.push_back(client::create_channel(owner, "chaos-" + std::to_string(i)));
    std::vector<client::worker> guests;
    for (std::size_t person = 1; person < people_.size(); ++person)
      if (person % what.channels == i)
        guests.push_back(people_[person]);
    client::invite(owner, channels_.back(), guests);
  }
  first_post_.assign(channels_.size(), 0);
  last_post_.assign(channels_.size(), steady_now());
  longest_gap_.assign(channels_.size(), 0);
  longest_wait_.assign(channels_.size(), 0);
  auto accepted = [this](std::size_t channel, tick_time first_tried, tick_time now) {
    ++accepted_;
    if (first_post_[channel] < 0 && first_tried >= fault_at_)
      first_post_[channel] = seconds(now - fault_at_);
    longest_gap_[channel] = std::max(longest_gap_[channel], seconds(now - last_post_[channel]));
    longest_wait_[channel] = std::max(longest_wait_[channel], seconds(now - first_tried));
    last_post_[channel] = now;
    if (recording_)
      seen_->accepted(channel, seconds(now - first_tried), seconds(now - recorded_from_));
  };
  for (std::size_t i = 0; i < what.posters; ++i) {
    poster::plan plan;
    plan.number = static_cast<std::uint32_t>(i + 1);
    plan.channel = i % channels_.size();
    plan.channel_id = channels_[plan.channel];
    plan.who = people_[i];
    // A channel's posters are on all hosts.
    plan.host = (i / channels_.size() + plan.channel) % hosts_.size();
    plan.interval = std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / what.posts_per_second));
    // A steady stream of posts, not a burst of all posters' at once.
    plan.offset = plan.interval * i / what.posters;
    posters_.push_back(std::make_unique<poster>(loop_, plan, hosts_, accepted));
  }
  // The first poster owns all channels; the others are in one each, which must be theirs.
  for (std::size_t i = 0; i < what.subscribers; ++i)
    subscribers_.push_back(std::make_unique<subscriber>(
        loop_, people_[what.posters + i], i % hosts_.size(), hosts_, told_));
}

void crowd::connect_subscribers() {
  constexpr std::size_t batch = 100;
  for (std::size_t ready = 0; ready < subscribers_.size(); ready += batch) {
    std::size_t end = std::min(ready + batch, subscribers_.size());
    auto batch_ready = [&] {
      bool all = true;
      for (std::size_t i = ready; i < end; ++i) {
        subscribers_[i]->tick(steady_now());
        all = all && subscribers_[i]->is_connected();
      }
      return all;
    };
    auto deadline = steady_now() + std::chrono::minutes(1);
    while (!batch_ready()) {
      if (steady_now() > deadline)
        throw client::client_error("subscribers do not get their hello");
      loop_.run_for(turn);
    }
  }
}

std::string crowd::start_stock_clients(const std::string& script) {
  if (what_.stock_clients == 0)
    return {};
  if (std::string why = stock_client::obstacle(script); !why.empty())
    return why;
  for (std::size_t i = 0; i < what_.stock_clients; ++i)
    stock_.push_back(std::make_unique<stock_client>(
        loop_, script, people_[what_.posters + what_.subscribers + i], i % hosts_.size(),
        hosts_[i % hosts_.size()], told_));
  auto connected = [this] {
    return std::all_of(stock_.begin(), stock_.end(), [](auto& c) { return c->is_connected(); });
  };
  if (!run_until(connected, std::chrono::minutes(1)))
    throw client::client_error("stock clients do not connect");
  return {};
}

void crowd::tick() {
  tick_time now = steady_now();
  for (auto& each : posters_)
    each->tick(now);
  for (auto& each : subscribers_)
    each->tick(now);
  if (recording_ && now - sampled_at_ >= between_samples)
    sample(now);
}

recording::totals crowd::totals() const {
  return {.events = events(),
          .reconnections = reconnections(),
          .unconnected = subscribers_.size() + stock_.size() - connected()};
}

void crowd::sample(tick_time now) {
  seen_->sample(totals(), seconds(now - recorded_from_));
  sampled_at_ = now;
}

void crowd::record_from(tick_time now) {
  seen_.emplace(channels_.size(), totals());
  recording_ = true;
  recorded_from_ = sampled_at_ = now;
}

void crowd::stop_recording() {
  if (!std::exchange(recording_, false))
    return;
  const tick_time now = steady_now();
  sample(now);
  for (const auto& each : posters_)
    if (auto since = each->waits_since())
      seen_->never_accepted(each->what().channel, seconds(now - *since), seconds(now - recorded_from_));
}

void crowd::run_for(std::chrono::nanoseconds time) {
  run_until([] { return false; }, time);
}

bool crowd::run_until(const std::function<bool()>& done, std::chrono::nanoseconds at_most) {
  auto deadline = steady_now() + at_most;
  while (!done()) {
    if (steady_now() >= deadline)
      return false;
    tick();
    loop_.run_for(turn);
  }
  return true;
}

void crowd::fault_begins(const std::set<std::size_t>& hosts) {
  excused_ = hosts;
  fault_at_ = steady_now();
  first_post_.assign(channels_.size(), -1);
}

void crowd::fault_is_over() {
  excused_.clear();
  for (auto& each : posters_)
    each->go_home();
}

bool crowd::every_channel_posts() const {
  return std::all_of(first_post_.begin(), first_post_.end(), [](double s) { return s >= 0; });
}

std::vector<double> crowd::take_longest_gaps() {
  std::vector<double> gaps = std::exchange(longest_gap_, std::vector<double>(channels_.size(), 0));
  tick_time now = steady_now();
  for (std::size_t c = 0; c < gaps.size(); ++c)
    gaps[c] = std::max(gaps[c], seconds(now - last_post_[c]));
  return gaps;
}

std::vector<double> crowd::take_longest_waits() {
  return std::exchange(longest_wait_, std::vector<double>(channels_.size(), 0));
}

void crowd::drop_connections() {
  for (auto& each : subscribers_)
    each->drop();
}

std::size_t crowd::connected() const {
  auto count = std::count_if(subscribers_.begin(), subscribers_.end(),
                             [](auto& s) { return s->is_connected(); }) +
               std::count_if(stock_.begin(), stock_.end(), [](auto& s) { return s->is_connected(); });
  return static_cast<std::size_t>(count);
}

bool crowd::everyone_is_connected() const {
  return connected() == subscribers_.size() + stock_.size();
}

std::uint64_t crowd::events() const {
  std::uint64_t sum = 0;
  for (const auto& each : subscribers_)
    sum += each->events();
  for (const auto& each : stock_)
    sum += each->events();
  return sum;
}

std::uint64_t crowd::retries() const {
  std::uint64_t sum = 0;
  for (const auto& each : posters_)
    sum += each->retries();
  return sum;
}

std::uint64_t crowd::reconnections() const {
  std::uint64_t sum = 0;
  for (const auto& each : subscribers_)
    sum += each->connections() - std::min<std::uint64_t>(1, each->connections());
  return sum;
}

void crowd::settle(std::chrono::seconds at_most, counted& verdict) {
  for (auto& each : posters_)
    each->finish();
  auto settled = [this] {
    return std::all_of(posters_.begin(), posters_.end(), [](auto& p) { return p->is_settled(); });
  };
  if (!run_until(settled, at_most))
    verdict.say("validity: some posts are never accepted");
  if (!run_until([this] { return everyone_is_connected(); }, at_most))
    verdict.say("recovery: some subscribers do not connect again");
  std::vector<std::uint64_t> newest(channels_.size());
  for (const auto& each : posters_)
    for (const acknowledgement& post : each->posts())
      newest[each->what().channel] = std::max(newest[each->what().channel], post.seq);
  // Who is in a channel and connected since before its last message must have seen it; a subscriber
  // that connected later has seen nothing of it and need not.
  auto behind = [&](const auto& each, std::size_t channel) {
    std::uint64_t last = each->last_seq(channels_[channel]);
    return last != 0 && last < newest[channel];
  };
  auto all_saw = [&] {
    for (std::size_t c = 0; c < channels_.size(); ++c)
      if (std::any_of(subscribers_.begin(), subscribers_.end(),
                      [&](auto& s) { return behind(s, c); }) ||
          std::any_of(stock_.begin(), stock_.end(), [&](auto& s) { return behind(s, c); }))
        return false;
    return true;
  };
  if (!run_until(all_saw, at_most))
    for (std::size_t c = 0; c < channels_.size(); ++c)
      for (const auto& each : subscribers_)
        if (behind(each, c)) {
          ++verdict.gaps;
          verdict.say("validity: " + channels_[c] + ": a live subscriber of host " +
                      std::to_string(each->host()) + " stands at seq " +
                      std::to_string(each->last_seq(channels_[c])) + " of " +
                      std::to_string(newest[c]));
        }
}

std::vector<sighting> crowd::read_history(client::api_client& reader, const std::string& channel) {
  std::vector<sighting> newest_first;
  std::string cursor;
  do {
    client::form arguments{{"channel", channel}, {"limit", "1000"}};
    if (!cursor.empty())
      arguments.emplace_back("cursor", cursor);
    client::api_reply reply = reader.try_call("conversations.history", arguments);
    for (int i = 1; i < reads_max && (reply.status == 503 || reply.status == 429); ++i) { // as any client would
      ++reads_repeated_;
      loop_.run_for(std::chrono::milliseconds(100));
      reply = reader.try_call("conversations.history", arguments);
    }
    if (!reply.is_ok())
      throw client::client_error("conversations.history: " + reply.error());
    const auto& answer = reply.json;
    for (const auto& each : answer.at("messages").as_array()) {
      const auto& object = each.as_object();
      sighting message;
      message.seq = object.at("seq").to_number<std::uint64_t>();
      message.ts = read_ts(text_at(object, "ts"));
      read_key(text_at(object, "client_msg_id"), message);
      newest_first.push_back(message);
    }
    cursor.clear();
    if (answer.at("has_more").as_bool())
      cursor = text_at(answer.at("response_metadata").as_object(), "next_cursor");
  } while (!cursor.empty());
  return {newest_first.rbegin(), newest_first.rend()};
}

void crowd::judge_all(counted& verdict) {
  verdict.repeated += live_.repeated;
  verdict.gaps += live_.gaps;
  verdict.reordered += live_.reordered;
  for (const auto& sentence : live_.sentences)
    verdict.say(sentence);
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    std::map<std::uint32_t, const std::vector<acknowledgement>*> here;
    for (const auto& each : posters_)
      if (each->what().channel == c)
        here[each->what().number] = &each->posts();
    std::vector<stretch> seen;
    auto add = [&](const auto& each) {
      auto found = each->seen().find(channels_[c]);
      if (found != each->seen().end())
        seen.insert(seen.end(), found->second.begin(), found->second.end());
    };
    std::for_each(subscribers_.begin(), subscribers_.end(), add);
    std::for_each(stock_.begin(), stock_.end(), add);
    // Every host must tell the same history; each reads the channel in turn.
    for (std::size_t host = 0; host < hosts_.size(); ++host) {
      client::api_client reader(loop_, hosts_[host], people_.front().token);
      counted one;
      judge(channels_[c], read_history(reader, channels_[c]), here, seen, one);
      if (host == 0)
        verdict.posts += one.posts;
      verdict.lost += one.lost;
      verdict.repeated += one.repeated;
      verdict.reordered += one.reordered;
      verdict.gaps += one.gaps;
      verdict.invented += one.invented;
      for (const auto& sentence : one.sentences)
        verdict.say("asked at host " + std::to_string(host) + ": " + sentence);
    }
  }
}

} // namespace carillon::chaos
