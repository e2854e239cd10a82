#include "tools/bench/storm/storm_worker.hpp"

#include <deque>
#include <iostream>
#include <sstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/bench/figures/histogram.hpp"
#include "tools/bench/local_address.hpp"
#include "tools/bench/order_reader.hpp"
#include "tools/bench/pacer.hpp"
#include "tools/bench/storm/storm_client.hpp"
#include "tools/client/http_client.hpp"

namespace carillon::bench {
namespace {

// Calls of all clients share so many keep-alive connections per host: a browser has its own, but
// descriptors are what a storm is short of. What waits for a line counts as time of its client.
constexpr std::size_t lines_per_host = 64;
constexpr int niceness = 5; // as of pressure_worker
constexpr double looks_per_second = 200;
constexpr std::chrono::seconds patience{20}; // for a hello
constexpr std::chrono::milliseconds rest{250}; // before trying again, when nobody said how long

std::string unescaped(std::string_view json_text) {
  std::string out;
  for (char c : json_text)
    if (c != '\\')
      out += c;
  return out;
}

class storm_worker final : client::event_source {
public:
  storm_worker() : looks_(loop_, looks_per_second, [this](tick_time) { look(); }) {
    ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    loop_.watch(STDIN_FILENO, *this, false);
  }
  ~storm_worker() override { loop_.forget(STDIN_FILENO, *this); }

  void run() {
    while (!ended_)
      loop_.run_until([this] { return ended_; }, std::chrono::hours(1));
  }

private:
  struct member {
    storm_client client;
    std::size_t host;
    tick_time since; // of its last step
  };
  struct host_lines {
    client::endpoint where;
    std::vector<std::unique_ptr<client::http_client>> all;
    std::vector<client::http_client*> free;
    std::deque<std::size_t> asking; // members that want an address ...
    std::deque<std::size_t> reading; // ... or history
  };

  void on_ready(std::uint32_t) override;
  void obey(const std::string& line);
  void come();
  void look();
  void serve(host_lines& host);
  void ask(host_lines& host, client::http_client& line, std::size_t who);
  void read(host_lines& host, client::http_client& line, std::size_t who);
  void try_again(std::size_t who, int retry_after);

  client::event_loop loop_;
  pacer looks_;
  bool ended_ = false;
  order_reader reader_;
  std::deque<host_lines> hosts_; // stays where it is: handlers refer to them
  std::vector<std::unique_ptr<member>> members_;
  std::vector<std::size_t> opening_; // members between address and hello
  std::deque<std::pair<tick_time, std::size_t>> later_;
  tick_time came_at_;
  std::size_t back_ = 0;
  bool coming_ = false;
  std::uint64_t missed_ = 0;
  std::uint64_t retries_ = 0;
  histogram times_;
};

void storm_worker::on_ready(std::uint32_t) {
  auto orders = reader_.read();
  if (!orders) {
    loop_.forget(STDIN_FILENO, *this);
    ended_ = true;
    return;
  }
  for (const std::string& order : *orders)
    obey(order);
}

void storm_worker::obey(const std::string& line) {
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
  } else if (what == "client") {
    std::size_t number = members_.size(), host = number % hosts_.size();
    members_.push_back(std::make_unique<member>(
        member{storm_client(first, second, local_address(hosts_[host].where, number)), host, {}}));
  } else if (what == "come") {
    come();
  } else if (what == "break") {
    for (auto& one : members_)
      one->client.drop();
    std::cout << "broken" << std::endl;
  } else if (what == "sum") {
    std::uint64_t delivered = 0, gaps = 0;
    for (auto& one : members_) {
      delivered += one->client.messages().delivered();
      gaps += one->client.messages().gaps();
    }
    std::cout << "sum " << delivered << ' ' << gaps << std::endl;
  }
}

void storm_worker::come() {
  came_at_ = steady_now();
  coming_ = true;
  back_ = missed_ = retries_ = 0;
  times_ = {};
  for (std::size_t i = 0; i < members_.size(); ++i)
    hosts_[members_[i]->host].asking.push_back(i);
  look();
}

// Who has its hello, who waits too long, whose time to try again has come.
void storm_worker::look() {
  if (!coming_)
    return;
  auto now = steady_now();
  while (!later_.empty() && later_.front().first <= now) {
    std::size_t who = later_.front().second;
    later_.pop_front();
    hosts_[members_[who]->host].asking.push_back(who);
  }
  std::erase_if(opening_, [&](std::size_t who) {
    member& one = *members_[who];
    if (one.client.state() == client::rtm_client::state::ready) {
      hosts_[one.host].reading.push_back(who);
      return true;
    }
    bool failed = one.client.state() == client::rtm_client::state::closed ||
                  now - one.since > patience;
    if (failed)
      try_again(who, -1);
    return failed;
  });
  for (host_lines& host : hosts_)
    serve(host);
  if (back_ == members_.size()) {
    coming_ = false;
    std::cout << "back " << times_.text() << ' ' << missed_ << ' ' << retries_ << std::endl;
  }
}

// History first: who is nearly back is not held up by those who begin.
void storm_worker::serve(host_lines& host) {
  while (!host.free.empty() && !(host.asking.empty() && host.reading.empty())) {
    client::http_client& line = *host.free.back();
    host.free.pop_back();
    auto& queue = host.reading.empty() ? host.asking : host.reading;
    std::size_t who = queue.front();
    bool reads = &queue == &host.reading;
    queue.pop_front();
    reads ? read(host, line, who) : ask(host, line, who);
  }
}

void storm_worker::ask(host_lines& host, client::http_client& line, std::size_t who) {
  line.send(client::api_request(host.where, "rtm.connect", members_[who]->client.token(), {}),
            [this, &host, &line, who](const client::http_response_view* response) {
              std::string_view body = response ? response->body : std::string_view();
              constexpr std::string_view mark = "\"url\":\"";
              std::size_t at = body.find(mark);
              if (at == std::string_view::npos) {
                try_again(who, response ? response->retry_after : -1);
              } else {
                body.remove_prefix(at + mark.size());
                members_[who]->client.connect(loop_, unescaped(body.substr(0, body.find('"'))));
                members_[who]->since = loop_.now();
                opening_.push_back(who);
              }
              host.free.push_back(&line);
              serve(host);
            });
}

void storm_worker::read(host_lines& host, client::http_client& line, std::size_t who) {
  storm_client& client = members_[who]->client;
  line.send(client::api_request_with_body(host.where, "conversations.history", client.token(),
                                          client.history_arguments()),
            [this, &host, &line, who](const client::http_response_view* response) {
              if (!response || response->status != 200) {
                try_again(who, response ? response->retry_after : -1);
              } else {
                missed_ += members_[who]->client.read_history(response->body);
                times_.record(loop_.now() - came_at_);
                ++back_;
              }
              host.free.push_back(&line);
              serve(host);
            });
}

void storm_worker::try_again(std::size_t who, int retry_after) {
  ++retries_;
  members_[who]->client.drop();
  auto wait = retry_after >= 0 ? std::chrono::milliseconds(1'000 * retry_after) : rest;
  auto at = steady_now() + wait;
  auto place = later_.end();
  while (place != later_.begin() && std::prev(place)->first > at)
    --place;
  later_.insert(place, {at, who});
}

} // namespace

int run_storm_worker() {
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + niceness);
  storm_worker().run();
  return 0;
}

} // namespace carillon::bench
