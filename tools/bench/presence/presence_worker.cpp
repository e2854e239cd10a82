#include "tools/bench/presence/presence_worker.hpp"

#include <deque>
#include <iostream>
#include <memory>
#include <sstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/bench/figures/histogram.hpp"
#include "tools/bench/local_address.hpp"
#include "tools/bench/order_reader.hpp"
#include "tools/bench/pacer.hpp"
#include "tools/bench/presence/watcher.hpp"
#include "tools/client/http_client.hpp"
#include "tools/client/rtm_client.hpp"

namespace carillon::bench {
namespace {

constexpr std::size_t lines_per_host = 32;
constexpr int niceness = 5;
constexpr double looks_per_second = 200;
constexpr std::chrono::seconds patience{20};  // for a hello
constexpr std::chrono::milliseconds rest{250};

class presence_worker final : client::event_source {
public:
  presence_worker() : looks_(loop_, looks_per_second, [this](tick_time) { look(); }) {
    ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    loop_.watch(STDIN_FILENO, *this, false);
  }
  ~presence_worker() override { loop_.forget(STDIN_FILENO, *this); }

  void run() {
    while (!ended_)
      loop_.run_until([this] { return ended_; }, std::chrono::hours(1));
  }

private:
  struct member {
    std::size_t number = 0;
    std::string token;
    std::size_t host = 0;
    watcher view;
    std::unique_ptr<client::rtm_client> socket = {};
    tick_time turn{};        // when it was to come
    tick_time since{};       // of its last step
    std::int64_t second = 0; // that is counted
    std::size_t in_second = 0;
  };
  struct host_lines {
    client::endpoint where;
    std::vector<std::unique_ptr<client::http_client>> all;
    std::vector<client::http_client*> free;
    std::deque<std::size_t> asking;
  };

  void on_ready(std::uint32_t) override;
  void obey(const std::string& line);
  void come(double seconds, bool only_even);
  void look();
  void ask(host_lines& host);
  void take_url(std::size_t who, const client::http_response_view* response);
  void subscribe(member& who);
  void hear(member& who, std::string_view payload);
  void try_again(std::size_t who, int retry_after);

  client::event_loop loop_;
  pacer looks_;
  bool ended_ = false;
  order_reader reader_;
  std::deque<host_lines> hosts_;
  watch_shape shape_;
  std::vector<std::string> people_;
  std::unordered_map<entity_id, std::size_t> numbers_;
  std::vector<std::unique_ptr<member>> members_;
  std::deque<std::pair<tick_time, std::size_t>> turns_;  // by time
  std::vector<std::size_t> opening_;
  std::size_t to_come_ = 0;
  std::uint64_t retries_ = 0, events_ = 0, told_ = 0;
  std::size_t most_ = 0;
  histogram times_;
};

void presence_worker::on_ready(std::uint32_t) {
  auto orders = reader_.read();
  if (!orders) {
    loop_.forget(STDIN_FILENO, *this);
    ended_ = true;
    return;
  }
  for (const std::string& order : *orders)
    obey(order);
}

void presence_worker::obey(const std::string& line) {
  std::istringstream words(line);
  std::string what, first, second;
  words >> what >> first >> second;
  if (what == "host") {
    host_lines& host = hosts_.emplace_back();
    host.where = client::endpoint::parse(first);
    for (std::size_t i = 0; i < lines_per_host; ++i) {
      host.all.push_back(std::make_unique<client::http_client>(loop_, host.where));
      host.free.push_back(host.all.back().get());
    }
  } else if (what == "people") {
    shape_ = {std::stoul(first), std::stoul(second)};
  } else if (what == "person") {
    if (auto id = entity_id::parse(first))
      numbers_.emplace(*id, people_.size());
    people_.push_back(first);
  } else if (what == "client") {
    const std::size_t number = std::stoul(first);
    members_.push_back(std::make_unique<member>(
        member{number, second, number % hosts_.size(), watcher(shape_, number)}));
  } else if (what == "come") {
    come(std::stod(first), second == "even");
  } else if (what == "leave") {
    for (auto& one : members_)
      if (one->number % 2 == 0)
        one->socket.reset();
    std::cout << "gone" << std::endl;
  } else if (what == "wrong") {
    std::size_t wrong = 0;
    for (const auto& one : members_)
      if (one->socket && one->socket->current() == client::rtm_client::state::ready)
        wrong += one->view.wrong([&](std::size_t person) { return first != "even" || person % 2 != 0; });
    std::cout << "wrong " << wrong << std::endl;
  } else if (what == "sum") {
    std::cout << "sum " << events_ << ' ' << told_ << ' ' << most_ << std::endl;
    most_ = 0;
  }
}

void presence_worker::come(double seconds, bool only_even) {
  const tick_time now = steady_now();
  retries_ = 0;
  times_ = {};
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (only_even && members_[i]->number % 2 != 0)
      continue;
    const double share = static_cast<double>(i) / static_cast<double>(members_.size());
    members_[i]->turn = now + std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * share * 1e9));
    turns_.emplace_back(members_[i]->turn, i);
    ++to_come_;
  }
}

void presence_worker::look() {
  const auto now = steady_now();
  while (!turns_.empty() && turns_.front().first <= now) {
    hosts_[members_[turns_.front().second]->host].asking.push_back(turns_.front().second);
    turns_.pop_front();
  }
  std::erase_if(opening_, [&](std::size_t who) {
    member& one = *members_[who];
    if (one.socket && one.socket->current() == client::rtm_client::state::ready) {
      subscribe(one);
      times_.record(now - one.turn);
      if (--to_come_ == 0)
        std::cout << "back " << times_.text() << ' ' << retries_ << std::endl;
      return true;
    }
    const bool failed = !one.socket || one.socket->current() == client::rtm_client::state::closed ||
                        now - one.since > patience;
    if (failed)
      try_again(who, -1);
    return failed;
  });
  for (host_lines& host : hosts_)
    ask(host);
}

void presence_worker::ask(host_lines& host) {
  while (!host.free.empty() && !host.asking.empty()) {
    client::http_client& line = *host.free.back();
    const std::size_t who = host.asking.front();
    host.free.pop_back();
    host.asking.pop_front();
    line.send(client::api_request(host.where, "rtm.connect", members_[who]->token, {}),
              [this, &host, &line, who](const client::http_response_view* response) {
                take_url(who, response);
                host.free.push_back(&line);
                ask(host);
              });
  }
}

void presence_worker::take_url(std::size_t who, const client::http_response_view* response) {
  constexpr std::string_view mark = "\"url\":\"";
  std::string_view body = response ? response->body : std::string_view();
  const std::size_t at = body.find(mark);
  if (at == std::string_view::npos)
    return try_again(who, response ? response->retry_after : -1);
  body = body.substr(at + mark.size());
  std::string url(body.substr(0, body.find('"')));
  std::erase(url, '\\');
  member& one = *members_[who];
  one.view.forget();
  one.socket = std::make_unique<client::rtm_client>(
      loop_, [this, &one](std::string_view payload) { hear(one, payload); });
  one.socket->connect(url, local_address(hosts_[one.host].where, one.number));
  one.since = loop_.now();
  opening_.push_back(who);
}

void presence_worker::subscribe(member& who) {
  std::string frame = R"({"id":1,"type":"presence_sub","ids":[)";
  for (std::size_t place = 0; place < shape_.watched; ++place)
    frame.append(place == 0 ? "\"" : ",\"").append(people_[shape_.person(who.number, place)]) += '"';
  who.socket->send_text(frame += "]}");
}

void presence_worker::hear(member& who, std::string_view payload) {
  const std::size_t told = who.view.hear(payload, numbers_);
  if (told == 0)
    return;
  ++events_;
  told_ += told;
  const auto second = std::chrono::floor<std::chrono::seconds>(loop_.now().time_since_epoch()).count();
  who.in_second = std::exchange(who.second, second) == second ? who.in_second + 1 : 1;
  most_ = std::max(most_, who.in_second);
}

void presence_worker::try_again(std::size_t who, int retry_after) {
  ++retries_;
  members_[who]->socket.reset();
  const auto wait = retry_after >= 0 ? std::chrono::milliseconds(1'000 * retry_after) : rest;
  const auto at = steady_now() + wait;
  auto place = turns_.end();
  while (place != turns_.begin() && std::prev(place)->first > at)
    --place;
  turns_.insert(place, {at, who});
}

}  // namespace

int run_presence_worker() {
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + niceness);
  presence_worker().run();
  return 0;
}

}  // namespace carillon::bench
