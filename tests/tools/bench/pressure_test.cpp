// What `carillon bench pressure` takes from a host's own pages, what a slow reader notices, and what is
// counted without being read. The servers here are sockets of the test.
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tools/bench/byte_counter.hpp"
#include "tools/bench/pressure/host_look.hpp"
#include "tools/bench/pressure/metric_watch.hpp"
#include "tools/bench/pressure/slow_reader.hpp"

namespace carillon::bench {
namespace {

using std::chrono::seconds;

class tcp_server {
public:
  tcp_server() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listening_, 8) == 0);
    REQUIRE(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    address_ = address;
  }
  ~tcp_server() {
    ::close(listening_);
    if (accepted_ >= 0)
      ::close(accepted_);
  }
  std::string url() const { return "ws://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/"; }
  // A connected client's end; the other one is ours.
  int connect() {
    int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(client, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0);
    accept();
    return client;
  }
  void accept() {
    accepted_ = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    REQUIRE(accepted_ >= 0);
  }
  void send(const std::string& bytes) {
    REQUIRE(::send(accepted_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  std::string peer() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    char text[INET_ADDRSTRLEN] = {};
    REQUIRE(::getpeername(accepted_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  }
  void end() { ::shutdown(accepted_, SHUT_RDWR); }

private:
  int listening_;
  int accepted_ = -1;
  sockaddr_in address_{};
};

std::string frame(const std::string& text) {
  std::string out("\x81");
  out += static_cast<char>(text.size());
  return out + text;
}

std::string message(int seq) {
  return frame("{\"type\":\"message\",\"channel\":\"C1\",\"seq\":" + std::to_string(seq) + "}");
}

// A reader past its hello, who has stopped reading.
struct stalled {
  tcp_server server;
  client::event_loop loop;
  slow_reader reader{loop, "C1"};

  stalled() {
    reader.connect(server.url());
    server.accept();
    server.send("HTTP/1.1 101 Switching Protocols\r\n\r\n" + frame("{\"type\":\"hello\"}"));
    REQUIRE(loop.run_until([&] { return reader.is_ready(); }, seconds(10)));
    reader.stall(65'536);
  }
  void read_up_to(std::uint64_t seq) {
    reader.read();
    CHECK(loop.run_until([&] { return reader.last_seq() >= seq; }, seconds(10)));
  }
};

} // namespace

TEST_CASE("metrics under pressure: counters show what they rose by, the rest the most there was") {
  metric_watch watch;
  watch.see("# HELP carillon_calls_refused_total x\n"
            "carillon_calls_refused_total{why=\"full\"} 3\n"
            "carillon_lagging_connections 0\ncarillon_posts_total 5\n");
  watch.see("carillon_calls_refused_total{why=\"full\"} 10\ncarillon_lagging_connections 2\n"
            "carillon_posts_total 900\ncarillon_slow_closes_total 1\n");
  watch.see("carillon_calls_refused_total{why=\"full\"} 11\ncarillon_lagging_connections 1\n"
            "carillon_outbound_queue_bytes 0\ncarillon_journal_delay_seconds_bucket{le=\"1\"} 4\n"
            "a line that makes no sense\n");
  CHECK(watch.pages() == 3);
  CHECK(watch.lines() == std::vector<std::string>{"carillon_calls_refused_total{why=\"full\"} +8",
                                                  "carillon_lagging_connections 2",
                                                  "carillon_slow_closes_total +1"});
}

TEST_CASE("inspector under pressure: hosts, words and queues are shown, the ring is not") {
  std::vector<std::string> cluster{"1 host", "", "HOST  STATE", "a     serving", "",
                                   "slot   by leader", "     0 AAAA", "       A = a", "",
                                   "a is short of memory"};
  std::vector<std::string> top{"HOTTEST CHANNELS",    "nobody posts", "",
                               "SLOWEST CONNECTIONS", "session/a:4",  "",
                               "BIGGEST QUEUES",      "all are empty"};
  CHECK(telling_lines(cluster, top) ==
        std::vector<std::string>{"1 host", "HOST  STATE", "a     serving", "a is short of memory",
                                 "SLOWEST CONNECTIONS", "session/a:4", "BIGGEST QUEUES",
                                 "all are empty"});
}

TEST_CASE("slow reader: reads nothing while it is stalled, and everything in order afterwards") {
  stalled here;
  here.server.send(message(1) + message(2));
  here.loop.run_until([] { return false; }, std::chrono::milliseconds(1));
  CHECK(here.reader.bytes() == 0);
  here.server.send(message(3));
  here.read_up_to(3);
  CHECK(here.reader.missed() == 0);
  CHECK(here.reader.notices() == 0);
}

TEST_CASE("slow reader: a sip is no more than that") {
  stalled here;
  here.server.send(message(1));
  // The bytes are there at once on loopback, or at the next try.
  here.loop.run_until(
      [&] {
        if (here.reader.bytes() == 0)
          here.reader.sip(7);
        return here.reader.bytes() > 0;
      },
      seconds(10));
  CHECK(here.reader.bytes() <= 7);
  here.read_up_to(1);
}

TEST_CASE("slow reader: a hole that nobody spoke of is missed, one after a notice is not") {
  stalled here;
  here.server.send(message(1) + frame("{\"type\":\"lagging\",\"channel\":\"C1\",\"from_seq\":2}") +
                   message(9));
  here.read_up_to(9);
  CHECK(here.reader.notices() == 1);
  CHECK(here.reader.missed() == 0);
  here.server.send(message(12));
  here.read_up_to(12);
  CHECK(here.reader.missed() == 2);
}

TEST_CASE("slow reader: how it was closed is known") {
  stalled here;
  here.server.send(std::string("\x88\x02\x0f\xa8", 4)); // 4008
  here.reader.read();
  CHECK(here.loop.run_until([&] { return !here.reader.is_open(); }, seconds(10)));
  CHECK(here.reader.close_code() == 4'008);
}

TEST_CASE("client of a storm: comes from the address it was given") {
  tcp_server server;
  client::event_loop loop;
  client::rtm_client client(loop, [](std::string_view) {});
  client.connect(server.url(), "127.0.0.9");
  server.accept();
  CHECK(server.peer() == "127.0.0.9");
  client::rtm_client stranger(loop, [](std::string_view) {});
  CHECK_THROWS_AS(stranger.connect(server.url(), "192.0.2.1"), client::client_error);
}

TEST_CASE("byte counter: counts all that comes, and what is below its low water when it is asked") {
  tcp_server server;
  client::event_loop loop;
  std::uint64_t sum = 0;
  byte_counter counter(loop, server.connect(), 10'000, sum);
  server.send(std::string(300, 'x'));
  CHECK(loop.run_until(
      [&] {
        counter.drain();
        return counter.bytes() == 300;
      },
      seconds(10)));
  server.send(std::string(15'000, 'x'));
  CHECK(loop.run_until([&] { return sum == 15'300; }, seconds(10)));
}

TEST_CASE("byte counter: without a low water every change wakes it, and so does the end") {
  tcp_server server;
  client::event_loop loop;
  std::uint64_t sum = 0;
  byte_counter counter(loop, server.connect(), 1, sum);
  for (std::uint64_t sent = 1; sent <= 3; ++sent) {
    server.send("x");
    CHECK(loop.run_until([&] { return sum == sent; }, seconds(10)));
  }
  server.end();
  CHECK_THROWS_AS(loop.run_until([] { return false; }, seconds(10)), client::client_error);
}

} // namespace carillon::bench
