// Measures the edge alone: no actors, no disk. Not a test; run it from a release build.
//
//   fanout_bench fanout [SUBSCRIBERS [SECONDS]]   one topic, 16 messages in flight, 200 bytes each
//   fanout_bench idle [CONNECTIONS]               user-space memory per idle WebSocket
//
// The server (one I/O thread) keeps the first core, the clients are a second process on the
// second. CPU is that of the server's whole process; memory is its resident set.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/edge/server.hpp"
#include "tests/support/raw_client.hpp"

namespace {

using namespace carillon;
using testing::raw_client;
using clock_type = std::chrono::steady_clock;

constexpr edge::topic_id the_topic = 7;
constexpr std::size_t payload_bytes = 200;
constexpr std::size_t wire_bytes = payload_bytes + 4;
constexpr std::uint64_t in_flight = 16;

// Everyone who connects to "/in" subscribes; whatever a client says is published.
class fanout_gateway final : public edge::gateway {
public:
  edge::outbox* out = nullptr;

  void on_request(edge::http_request, edge::responder answer) override { answer({}); }
  bool on_upgrade(const edge::http_request& request, std::shared_ptr<void>& context,
                  edge::http_response&) override {
    context = std::make_shared<bool>(request.path == "/in");
    return true;
  }
  void on_open(edge::connection_id who, std::shared_ptr<void> context) override {
    if (*std::static_pointer_cast<bool>(context))
      out->subscribe(who, the_topic);
  }
  void on_message(edge::connection_id, std::string payload, bool) override {
    out->publish(the_topic, edge::make_text_frame(std::move(payload)));
  }
  void on_close(edge::connection_id, std::uint16_t) override {}
  edge::http_response error_response(int status, std::string_view) override {
    edge::http_response response;
    response.status = status;
    return response;
  }
};

void pin_to(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

std::uint64_t resident_bytes() {
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::vector<raw_client> connect(std::uint16_t port, std::size_t count) {
  std::vector<raw_client> clients;
  clients.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    clients.push_back(testing::open_websocket(port, "/in"));
  return clients;
}

void say(int pipe, char word) {
  if (::write(pipe, &word, 1) != 1)
    std::exit(1);
}
void hear(int pipe) {
  char word = 0;
  if (::read(pipe, &word, 1) != 1)
    std::exit(1);
}

// Reads everything, counts bytes, and asks for the next message when one is with all of them.
void run_subscribers(std::uint16_t port, std::size_t count, double seconds, int to_server) {
  auto clients = connect(port, count);
  raw_client speaker = testing::open_websocket(port, "/speak");
  const int poller = ::epoll_create1(0);
  for (const auto& c : clients) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = c.descriptor();
    ::epoll_ctl(poller, EPOLL_CTL_ADD, c.descriptor(), &event);
  }
  const std::string message = testing::client_frame(1, std::string(payload_bytes, 'x'));
  const std::uint64_t bytes_per_message = wire_bytes * count;
  std::uint64_t asked = 0;
  std::uint64_t received = 0;
  std::vector<epoll_event> events(1'024);
  std::vector<char> room(65'536);
  say(to_server, 'b');
  const auto end = clock_type::now() + std::chrono::duration<double>(seconds);
  while (clock_type::now() < end) {
    std::string next;
    while (asked < received / bytes_per_message + in_flight) {
      next += message;
      ++asked;
    }
    if (!next.empty())
      speaker.send(next);
    const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), 1'000);
    for (int i = 0; i < ready; ++i) {
      const ssize_t size = ::recv(events[static_cast<std::size_t>(i)].data.fd, room.data(),
                                  room.size(), MSG_DONTWAIT);
      if (size > 0)
        received += static_cast<std::uint64_t>(size);
    }
  }
  say(to_server, 'e');
  ::close(poller);
}

int fanout(std::size_t subscribers, double seconds) {
  fanout_gateway gateway;
  int to_client[2];
  int to_server[2];
  if (::pipe(to_client) != 0 || ::pipe(to_server) != 0)
    return 1;
  const pid_t child = ::fork();
  if (child == 0) {
    pin_to(1);
    std::uint16_t port = 0;
    if (::read(to_client[0], &port, sizeof port) != sizeof port)
      ::_exit(1);
    run_subscribers(port, subscribers, seconds, to_server[1]);
    ::_exit(0);
  }
  pin_to(0);
  edge::server server({"127.0.0.1:0", 1, {}}, gateway);
  gateway.out = &server;
  auto port = server.start();
  if (!port || ::write(to_client[1], &*port, sizeof *port) != sizeof *port)
    return 1;
  hear(to_server[0]);
  const auto before = server.counters();
  const double cpu_before = cpu_seconds();
  const auto begin = clock_type::now();
  hear(to_server[0]);
  const double elapsed = std::chrono::duration<double>(clock_type::now() - begin).count();
  const double cpu = cpu_seconds() - cpu_before;
  const auto after = server.counters();
  const auto deliveries = static_cast<double>(after.deliveries - before.deliveries);
  ::waitpid(child, nullptr, 0);
  std::printf("1 x %zu, %llu in flight: %.0f deliveries/s, %.3f CPU-us per delivery "
              "(%.0f/s for one core of the server)\n",
              subscribers, static_cast<unsigned long long>(in_flight), deliveries / elapsed,
              cpu / deliveries * 1e6, deliveries / cpu);
  return 0;
}

int idle(std::size_t connections) {
  fanout_gateway gateway;
  int to_client[2];
  int to_server[2];
  if (::pipe(to_client) != 0 || ::pipe(to_server) != 0)
    return 1;
  const pid_t child = ::fork();
  if (child == 0) {
    std::uint16_t port = 0;
    if (::read(to_client[0], &port, sizeof port) != sizeof port)
      ::_exit(1);
    {
      auto warm_up = connect(port, 100);
      say(to_server[1], 'b');
      hear(to_client[0]);
      auto clients = connect(port, connections);
      say(to_server[1], 'e');
      hear(to_client[0]);
    }
    ::_exit(0);
  }
  edge::server server({"127.0.0.1:0", 1, {}}, gateway);
  gateway.out = &server;
  auto port = server.start();
  if (!port || ::write(to_client[1], &*port, sizeof *port) != sizeof *port)
    return 1;
  hear(to_server[0]);
  const std::uint64_t before = resident_bytes();
  say(to_client[1], 'g');
  hear(to_server[0]);
  const std::uint64_t after = resident_bytes();
  std::printf("%llu idle WebSockets: %.0f bytes resident each\n",
              static_cast<unsigned long long>(server.counters().websockets),
              static_cast<double>(after - before) / static_cast<double>(connections));
  say(to_client[1], 'g');
  ::waitpid(child, nullptr, 0);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "fanout")
    return fanout(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1'000,
                  argc > 3 ? std::strtod(argv[3], nullptr) : 5);
  if (what == "idle")
    return idle(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10'000);
  std::fprintf(stderr, "usage: fanout_bench fanout [SUBSCRIBERS [SECONDS]] | idle [CONNECTIONS]\n");
  return 2;
}
