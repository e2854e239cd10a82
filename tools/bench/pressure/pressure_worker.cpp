#include "tools/bench/pressure/pressure_worker.hpp"

#include <algorithm>
#include <deque>
#include <iostream>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/bench/order_reader.hpp"
#include "tools/bench/pressure/flood.hpp"
#include "tools/bench/pressure/slow_reader.hpp"

namespace carillon::bench {
namespace {

constexpr int niceness = 5; // more than the bench itself
constexpr std::chrono::seconds patience{30};
constexpr double pong_every_seconds = 4; // well below the silence after which a host pings
constexpr std::uint16_t too_slow = 4008;

class pressure_worker final : client::event_source {
public:
  pressure_worker() {
    ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    loop_.watch(STDIN_FILENO, *this, false);
  }
  ~pressure_worker() override { loop_.forget(STDIN_FILENO, *this); }

  void run() {
    while (!ended_ || !orders_.empty()) {
      loop_.run_until([this] { return ended_ || !orders_.empty(); }, std::chrono::hours(1));
      if (orders_.empty())
        continue;
      std::string order = std::move(orders_.front());
      orders_.pop_front();
      try {
        obey(order);
      } catch (const client::client_error& failure) {
        std::cout << "failed " << failure.what() << std::endl;
      }
    }
  }

private:
  struct member {
    std::string token;
    std::unique_ptr<slow_reader> reader;
    std::string channel;
  };

  void on_ready(std::uint32_t) override;
  void obey(const std::string& order);
  void connect();
  void stall(std::size_t bytes_per_second, int kernel_bytes);
  void rest();
  void read();
  void judge();

  client::event_loop loop_;
  order_reader reader_;
  std::deque<std::string> orders_;
  bool ended_ = false;
  std::vector<client::endpoint> hosts_;
  std::vector<member> members_;
  std::vector<post_place> lines_; // until there are all hosts
  std::optional<flood> flood_;
  std::optional<pacer> sips_, pongs_;
  std::size_t next_sip_ = 0, next_pong_ = 0;
};

void pressure_worker::on_ready(std::uint32_t) {
  auto orders = reader_.read();
  if (!orders) {
    loop_.forget(STDIN_FILENO, *this);
    ended_ = true;
    return;
  }
  for (std::string& order : *orders)
    orders_.push_back(std::move(order));
}

void pressure_worker::obey(const std::string& order) {
  std::istringstream words(order);
  std::string what, first, second;
  words >> what;
  if (what == "host") {
    words >> first;
    hosts_.push_back(client::endpoint::parse(first));
  } else if (what == "reader") {
    words >> first >> second;
    members_.push_back({first, std::make_unique<slow_reader>(loop_, second), second});
  } else if (what == "line") {
    words >> first >> second;
    lines_.push_back({first, second});
  } else if (what == "connect") {
    connect();
  } else if (what == "stall") {
    std::size_t bytes = 0;
    int kernel = 0;
    words >> bytes >> kernel;
    stall(bytes, kernel);
  } else if (what == "post") {
    flood::how how;
    words >> how.per_second >> how.text_bytes >> how.ignores_refusals;
    flood_->start(how);
    std::cout << "posting" << std::endl;
  } else if (what == "rest") {
    rest();
  } else if (what == "read") {
    read();
  } else if (what == "judge") {
    judge();
  }
}

void pressure_worker::connect() {
  flood_.emplace(loop_, hosts_);
  for (const post_place& line : lines_)
    flood_->add_line(line);
  constexpr std::size_t batch = 250; // tickets do not live long, and a listen queue is finite
  for (std::size_t begin = 0; begin < members_.size(); begin += batch) {
    std::size_t end = std::min(begin + batch, members_.size());
    for (std::size_t host = 0; host < hosts_.size(); ++host) {
      std::vector<client::api_call> calls;
      std::vector<std::size_t> whose;
      for (std::size_t i = begin; i < end; ++i)
        if (i % hosts_.size() == host) {
          calls.push_back({"rtm.connect", members_[i].token, {}});
          whose.push_back(i);
        }
      auto answers = client::call_all(loop_, hosts_[host], calls);
      for (std::size_t i = 0; i < answers.size(); ++i) {
        auto& url = answers[i].at("url").as_string();
        members_[whose[i]].reader->connect(std::string_view(url.data(), url.size()));
      }
    }
    auto ready = [&] {
      return std::all_of(members_.begin() + static_cast<std::ptrdiff_t>(begin),
                         members_.begin() + static_cast<std::ptrdiff_t>(end),
                         [](const member& one) { return one.reader->is_ready(); });
    };
    if (!loop_.run_until(ready, patience))
      throw client::client_error("no hello within 30 s");
  }
  std::cout << "connected" << std::endl;
}

void pressure_worker::stall(std::size_t bytes_per_second, int kernel_bytes) {
  for (member& one : members_)
    one.reader->stall(kernel_bytes);
  if (!members_.empty()) {
    double readers = static_cast<double>(members_.size());
    pongs_.emplace(loop_, readers / pong_every_seconds, [this](tick_time) {
      members_[next_pong_++ % members_.size()].reader->pong();
    });
    if (bytes_per_second > 0)
      sips_.emplace(loop_, readers, [this, bytes_per_second](tick_time) {
        members_[next_sip_++ % members_.size()].reader->sip(bytes_per_second);
      });
  }
  std::cout << "stalling" << std::endl;
}

void pressure_worker::rest() {
  flood_->stop();
  if (!loop_.run_until([&] { return flood_->is_quiet(); }, patience))
    throw client::client_error("posts were not answered within 30 s");
  const flood::counts& all = flood_->counted();
  std::cout << "rested " << all.accepted << ' ' << all.refused << ' ' << all.lost << ' ' << all.unsent
            << ' ' << all.told_when << ' ' << all.first_refusal << std::endl;
}

void pressure_worker::read() {
  sips_.reset();
  for (member& one : members_)
    one.reader->read();
  auto is_behind = [&](const member& one) {
    return one.reader->is_open() && one.reader->last_seq() < flood_->last_seq(one.channel);
  };
  loop_.run_until([&] { return std::none_of(members_.begin(), members_.end(), is_behind); }, patience);
  std::uint64_t open = 0, closed_slow = 0, closed_else = 0, missed = 0, notices = 0, behind = 0;
  for (const member& one : members_) {
    const slow_reader& reader = *one.reader;
    open += reader.is_open();
    closed_slow += !reader.is_open() && reader.close_code() == too_slow;
    closed_else += !reader.is_open() && reader.close_code() != too_slow;
    missed += reader.missed();
    notices += reader.notices();
    behind += is_behind(one);
  }
  std::cout << "read " << open << ' ' << closed_slow << ' ' << closed_else << ' ' << missed << ' '
            << notices << ' ' << behind << std::endl;
}

void pressure_worker::judge() {
  chaos::counted all = flood_->judge();
  std::cout << "judged " << all.posts << ' ' << all.lost << ' ' << all.repeated << ' ' << all.reordered
            << ' ' << all.gaps << ' ' << all.invented << ' '
            << (all.sentences.empty() ? "" : all.sentences.front()) << std::endl;
}

} // namespace

int run_pressure_worker() {
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + niceness);
  pressure_worker().run();
  return 0;
}

} // namespace carillon::bench
