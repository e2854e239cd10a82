#include "tools/bench/pressure/host_look.hpp"

#include <algorithm>
#include <cstdlib>

namespace carillon::bench {
namespace {

constexpr double looks_per_second = 2;
constexpr std::size_t lines_max = 12; // of each of the inspector's answers
constexpr std::chrono::seconds patience{5};

std::string metrics_request(const client::endpoint& where, const std::string& token) {
  std::string request("GET /metrics HTTP/1.1\r\nHost: ");
  return request.append(where.authority()).append("\r\nAuthorization: Bearer ").append(token).append("\r\n\r\n");
}

// "TCP: inuse 5 orphan 0 tw 0 alloc 6 mem 1": pages. What a host has in these is not its own memory.
std::uint64_t tcp_memory(const std::string& sockstat) {
  std::size_t at = sockstat.find("TCP: ");
  at = at == std::string::npos ? at : sockstat.find(" mem ", at);
  constexpr std::uint64_t page = 4'096;
  return at == std::string::npos ? 0 : page * std::strtoull(sockstat.c_str() + at + 5, nullptr, 10);
}

void append_some(std::vector<std::string>& to, std::vector<std::string> lines) {
  if (lines.size() > lines_max) {
    lines.resize(lines_max);
    lines.emplace_back("...");
  }
  to.insert(to.end(), lines.begin(), lines.end());
}

} // namespace

std::vector<std::string> telling_lines(const std::vector<std::string>& cluster,
                                       const std::vector<std::string>& top) {
  std::vector<std::string> hosts, queues;
  bool ring = false;
  for (const std::string& line : cluster) {
    ring = ring || line.starts_with("slot ");
    bool legend = line.starts_with(' ');
    if (ring && !legend && !line.empty() && !line.starts_with("slot "))
      ring = false; // what is wrong stands behind it
    if (!ring && !line.empty())
      hosts.push_back(line);
  }
  bool wanted = false;
  for (const std::string& line : top) {
    bool title = line == "SLOWEST CONNECTIONS" || line == "BIGGEST QUEUES";
    wanted = title || (wanted && !line.empty());
    if (wanted)
      queues.push_back(line);
  }
  std::vector<std::string> out;
  append_some(out, std::move(hosts));
  append_some(out, std::move(queues));
  return out;
}

host_look::host_look(client::event_loop& loop, const target& hosts)
    : hosts_(hosts), looks_(loop, looks_per_second, [this](tick_time) { look(); }) {
  for (const auto& host : hosts.hosts())
    all_.push_back(std::make_unique<one_host>(loop, host));
}

void host_look::look() {
  socket_memory_ = std::max(socket_memory_, tcp_memory(client::read_text_file("/proc/net/sockstat")));
  for (auto& each : all_) {
    if (each->http.is_busy())
      continue;
    each->http.send(metrics_request(each->where, hosts_.admin_token()),
                    [host = each.get()](const client::http_response_view* response) {
                      if (response && response->status == 200)
                        host->metrics.see(response->body);
                    });
  }
  if (inspect_at_ && steady_now() >= *inspect_at_)
    ask_inspector();
  hear_inspector();
}

void host_look::ask_inspector() {
  inspect_at_.reset();
  asked_.clear();
  for (const char* what : {"cluster", "top"})
    asked_.push_back({std::make_unique<client::child_process>(client::child_process::options{
                          {"inspect", what, "--limit", "4", "--url", "http://" + hosts_.where().authority(),
                           "--token", hosts_.admin_token()}}),
                      {}});
}

void host_look::hear_inspector() {
  for (question& each : asked_)
    try {
      while (each.child)
        if (auto line = each.child->poll_line())
          each.answer.push_back(std::move(*line));
        else
          break;
    } catch (const client::client_error&) { // that was all
      each.child.reset();
    }
}

void host_look::wait_for_inspector(client::event_loop& loop) {
  auto answered = [&] {
    return !inspect_at_ && std::none_of(asked_.begin(), asked_.end(),
                                        [](const question& each) { return each.child != nullptr; });
  };
  loop.run_until(answered, patience);
}

std::vector<std::string> host_look::lines() const {
  std::vector<std::string> out;
  if (socket_memory_ > 0)
    out.push_back("TCP buffers of the machine's kernel, both ends: " +
                  std::to_string(socket_memory_ >> 20) + " MB");
  for (const auto& each : all_)
    for (const std::string& line : each->metrics.lines()) {
      std::string whose = all_.size() > 1 ? each->where.authority() : std::string();
      out.push_back(whose.empty() ? line : whose.append(": ").append(line));
    }
  if (asked_.size() == 2) {
    auto said = telling_lines(asked_[0].answer, asked_[1].answer);
    out.insert(out.end(), said.begin(), said.end());
  }
  return out;
}

} // namespace carillon::bench
