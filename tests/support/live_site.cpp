#include "tests/support/live_site.hpp"

#include <algorithm>
#include <cstdlib>

namespace carillon::testing {
namespace {

constexpr std::chrono::seconds patience{60};

} // namespace

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

live_site::live_site(client::host_process::options how, const plan& size) : how_(std::move(how)) {
  how_.data = folder_.path() + "/data";
  host_ = std::make_unique<client::host_process>(how_);
  where_ = host_->start();
  auto people = client::hire(loop_, where_, host_->admin_token(), size.users + 1, "worker");
  reader_ = people.back();
  client::api_client owner(loop_, where_, people.front().token);
  for (std::size_t i = 0; i < size.channels; ++i) {
    channels_.push_back(client::create_channel(owner, "site-" + std::to_string(i)));
    client::invite(owner, channels_.back(), {people.begin() + 1, people.end()});
  }
  for (std::size_t i = 0; i < size.posters; ++i)
    posters_.push_back(std::make_unique<insistent_poster>(
        loop_, people[i % size.users], channels_[i % size.channels], "post-" + std::to_string(i),
        size.text_bytes));
  follower_ = std::make_unique<channel_follower>(loop_, reader_, channels_);
}

std::size_t live_site::acknowledged() const {
  std::size_t sum = 0;
  for (const auto& poster : posters_)
    sum += poster->acknowledged();
  return sum;
}

void live_site::start_again() {
  where_ = host_->start();
}

void live_site::start_again(client::host_process::options how) {
  how.data = how_.data;
  how_ = std::move(how);
  host_ = std::make_unique<client::host_process>(how_);
  start_again();
}

void live_site::resume_posters() {
  for (auto& poster : posters_)
    poster->resume(where_);
}

void live_site::post_until(std::size_t acknowledged_in_all) {
  if (!loop_.run_until([&] { return acknowledged() >= acknowledged_in_all; }, patience))
    throw client::client_error("only " + std::to_string(acknowledged()) + " of " +
                               std::to_string(acknowledged_in_all) + " posts acknowledged:\n" +
                               host_->log_text());
}

void live_site::hear_the_end() {
  loop_.run_until(
      [&] {
        return !follower_->is_connected() &&
               std::none_of(posters_.begin(), posters_.end(),
                            [](auto& p) { return p->is_connected() && p->is_waiting(); });
      },
      patience);
  for (auto& poster : posters_)
    poster->pause();
  follower_->disconnect();
}

void live_site::settle() {
  for (auto& poster : posters_)
    poster->finish();
  auto all_settled = [&] {
    return std::all_of(posters_.begin(), posters_.end(), [](auto& p) { return p->is_settled(); });
  };
  if (!loop_.run_until(all_settled, patience))
    throw client::client_error("posts stay without acknowledgement:\n" + host_->log_text());
  auto reader = as_follower();
  for (const auto& channel : channels_) {
    auto newest = reader.call("conversations.history", {{"channel", channel}, {"limit", "1"}});
    auto last = newest.at("messages").at(0).at("seq").to_number<std::uint64_t>();
    if (!loop_.run_until([&] { return follower_->last_seq(channel) >= last; }, patience))
      throw client::client_error("the follower of " + channel + " stands at seq " +
                                 std::to_string(follower_->last_seq(channel)) + " of " +
                                 std::to_string(last));
  }
}

void live_site::post_and_edit(const std::string& channel) {
  auto& poster = *posters_.at(static_cast<std::size_t>(
      std::find(channels_.begin(), channels_.end(), channel) - channels_.begin()));
  client::api_client author(loop_, where_, poster.who().token);
  auto posted = author.call("chat.postMessage", {{"channel", channel}, {"text", "to be edited"}});
  std::string ts(posted.at("ts").as_string());
  std::size_t before = follower_->other_seqs(channel).size();
  author.call("chat.update", {{"channel", channel}, {"ts", ts}, {"text", "edited"}});
  if (!loop_.run_until([&] { return follower_->other_seqs(channel).size() > before; }, patience))
    throw client::client_error("the follower did not see the edit in " + channel);
}

std::vector<std::string> live_site::violations() {
  std::vector<std::string> all;
  auto reader = as_follower();
  for (const auto& channel : channels_) {
    channel_record record;
    record.channel = channel;
    for (const auto& poster : posters_)
      if (poster->channel() == channel)
        record.posts.insert(record.posts.end(), poster->posts().begin(), poster->posts().end());
    record.history = read_history(reader, channel);
    record.live = follower_->view(channel);
    record.other_seqs = follower_->other_seqs(channel);
    auto found = find_violations(record);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

} // namespace carillon::testing
