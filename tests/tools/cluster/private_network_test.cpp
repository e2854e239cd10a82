// A private network's weather bites real sockets and is lifted again: UDP questions and answers
// between two namespaces, and one fast TCP stream. Where namespaces are not allowed it says so.
#include <cstring>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tools/client/stream.hpp"
#include "tools/cluster/network_space.hpp"
#include "tools/cluster/private_network.hpp"

using namespace carillon;
using namespace carillon::cluster;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t port = 9;

sockaddr_in address(const std::string& text) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  REQUIRE(::inet_pton(AF_INET, text.c_str(), &out.sin_addr) == 1);
  return out;
}

// Bound to that host's address among its peers.
class host_socket {
public:
  host_socket(private_network& network, std::size_t host, int type)
      : where_(address(network.peer_address_of(host))) {
    network_space_visit visit(network.space_of(host));
    socket_ = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&where_), sizeof where_) == 0);
  }
  ~host_socket() { ::close(socket_); }
  int get() const { return socket_; }
  void send_to(const host_socket& other, int number) {
    REQUIRE(::sendto(socket_, &number, sizeof number, 0,
                     reinterpret_cast<const sockaddr*>(&other.where_),
                     sizeof other.where_) == sizeof number);
  }
  // nullopt: nothing within `at_most`.
  std::optional<int> receive(std::chrono::milliseconds at_most) {
    pollfd watched{socket_, POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(at_most.count())) <= 0)
      return std::nullopt;
    int number = 0;
    REQUIRE(::recv(socket_, &number, sizeof number, 0) == sizeof number);
    return number;
  }
  const sockaddr* where() const { return reinterpret_cast<const sockaddr*>(&where_); }

private:
  sockaddr_in where_;
  int socket_ = -1;
};

// Milliseconds from a's question to b's answer; nullopt: none.
std::optional<double> round_trip(host_socket& a, host_socket& b,
                                 std::chrono::milliseconds at_most = 2'000ms) {
  tick_time began = steady_now();
  a.send_to(b, 1);
  if (!b.receive(at_most))
    return std::nullopt;
  b.send_to(a, 2);
  if (!a.receive(at_most))
    return std::nullopt;
  return std::chrono::duration<double, std::milli>(steady_now() - began).count();
}

bool allowed() {
  auto why = private_network::obstacle();
  if (why)
    MESSAGE("skipped: " << *why);
  return !why;
}

}  // namespace

TEST_CASE("network: delay, cuts of one direction and loss bite the hosts' packets and are lifted") {
  if (!allowed())
    return;
  private_network network(3, 1);
  host_socket a(network, 0, SOCK_DGRAM), b(network, 1, SOCK_DGRAM), c(network, 2, SOCK_DGRAM);
  auto fine = round_trip(a, b);
  REQUIRE(fine);
  CHECK(*fine < 50);

  network.set(0, 1, {.delay = 50ms});
  auto slow = round_trip(a, b);
  REQUIRE(slow);
  CHECK(*slow >= 50);
  network.set(1, 0, {.delay = 50ms});
  slow = round_trip(a, b);
  REQUIRE(slow);
  CHECK(*slow >= 100);
  auto other = round_trip(a, c);
  REQUIRE(other);
  CHECK(*other < 50);

  network.heal_all();
  network.cut(0, 1);
  CHECK_FALSE(round_trip(a, b, 100ms));
  b.send_to(a, 7); // the other way is open
  CHECK(a.receive(2'000ms) == 7);
  CHECK(round_trip(b, c));

  network.heal_all();
  network.set(0, 1, {.loss = 0.5});
  int arrived = 0;
  for (int i = 0; i < 200; ++i)
    a.send_to(b, i);
  while (b.receive(200ms))
    ++arrived;
  CHECK(arrived > 50);
  CHECK(arrived < 150);

  network.heal_all();
  fine = round_trip(a, b);
  REQUIRE(fine);
  CHECK(*fine < 50);
}

TEST_CASE("network: as soon as one is gone, the next is made under the same names") {
  if (!allowed())
    return;
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    CHECK_NOTHROW(private_network(3, 1));
  }
}

TEST_CASE("network: a TCP stream goes as fast as hosts need, or as the rate allows") {
  if (!allowed())
    return;
  private_network network(2, 1);
  host_socket listening(network, 0, SOCK_STREAM), sending(network, 1, SOCK_STREAM);
  REQUIRE(::listen(listening.get(), 1) == 0);
  REQUIRE(::connect(sending.get(), listening.where(), sizeof(sockaddr_in)) == 0);
  int receiving = ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(receiving >= 0);
  auto megabytes_per_second = [&](std::size_t bytes) {
    std::thread sender([&] {
      std::vector<char> block(65'536);
      for (std::size_t sent = 0; sent < bytes; sent += block.size())
        (void)!::write(sending.get(), block.data(), block.size());
    });
    tick_time began = steady_now();
    std::vector<char> block(65'536);
    for (std::size_t got = 0; got < bytes;) {
      ssize_t size = ::read(receiving, block.data(), block.size());
      REQUIRE(size > 0);
      got += static_cast<std::size_t>(size);
    }
    sender.join();
    return static_cast<double>(bytes) / 1e6 /
           std::chrono::duration<double>(steady_now() - began).count();
  };
  double fast = megabytes_per_second(64u << 20);
  MESSAGE("without a limit: " << fast << " MB/s");
  CHECK(fast > 20);  // three hosts with 640 posts a second say about 1 MB/s to one another
  network.set(1, 0, {.bits_per_second = 16'000'000});
  double slow = megabytes_per_second(2u << 20);
  CHECK(slow < 3);
  CHECK(slow > 0.5);
  ::close(receiving);
}
