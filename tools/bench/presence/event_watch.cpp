#include "tools/bench/presence/event_watch.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace carillon::bench {
namespace {

double value_of(std::string_view page, std::string_view name) {
  const std::string mark = "\n" + std::string(name) + " ";
  const std::size_t at = page.find(mark);
  return at == page.npos ? 0 : std::strtod(std::string(page.substr(at + mark.size(), 32)).c_str(), nullptr);
}

}  // namespace

event_watch::event_watch(client::event_loop& loop, const target& hosts)
    : loop_(loop), token_(hosts.admin_token()) {
  for (const auto& where : hosts.hosts()) {
    hosts_.push_back(std::make_unique<host_line>());
    hosts_.back()->where = where;
    hosts_.back()->http = std::make_unique<client::http_client>(loop, where);
  }
  looks_ = std::make_unique<pacer>(loop, 1.0, [this](tick_time) {
    for (auto& host : hosts_)
      ask(*host);
  });
}

void event_watch::ask(host_line& host) {
  if (std::exchange(host.asks, true))
    return;
  host.http->send("GET /metrics HTTP/1.1\r\nHost: " + host.where.authority() +
                      "\r\nAuthorization: Bearer " + token_ + "\r\n\r\n",
                  [this, &host](const client::http_response_view* response) {
                    host.asks = false;
                    if (response && response->status == 200)
                      see(host, response->body);
                  });
}

void event_watch::see(host_line& host, std::string_view page) {
  const double events = value_of(page, "carillon_presence_events_total");
  const tick_time now = loop_.now();
  if (host.first < 0)
    host.first = events;
  else
    host.most = std::max(host.most, (events - host.last) /
                                        std::chrono::duration<double>(now - host.at).count());
  host.last = events;
  host.at = now;
  level_ = std::max(level_, value_of(page, "carillon_presence_level"));
  late_ = std::max(late_, 1e3 * value_of(page, "carillon_presence_lateness_seconds"));
}

double event_watch::total() const {
  double sum = 0;
  for (const auto& host : hosts_)
    sum += host->last - std::max(host->first, 0.0);
  return sum;
}

double event_watch::most_per_second() const {
  double most = 0;
  for (const auto& host : hosts_)
    most = std::max(most, host->most);
  return most;
}

}  // namespace carillon::bench
