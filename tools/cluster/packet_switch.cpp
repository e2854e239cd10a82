#include "tools/cluster/packet_switch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/base/ensure.hpp"
#include "tools/client/stream.hpp"
#include "tools/cluster/command.hpp"
#include "tools/cluster/network_space.hpp"

namespace carillon::cluster {
namespace {

constexpr std::size_t packet_max = 65'536;
constexpr int batch = 64; // packets of one port before the others have their turn
// A cable does not wait behind those it joins, where the cores are all busy.
constexpr int niceness = -15;

// Where an IPv4 packet wants to go; nothing else is carried.
std::size_t port_for(const char* bytes, std::size_t size, std::size_t ports) {
  constexpr std::size_t header_min = 20, last_byte_of_destination = 19;
  if (size < header_min || (static_cast<unsigned char>(bytes[0]) >> 4) != 4)
    return ports;
  auto last = static_cast<unsigned char>(bytes[last_byte_of_destination]);
  return last < packet_switch::first_address ? ports : last - packet_switch::first_address;
}

} // namespace

packet_switch::packet_switch(std::vector<int> ports, std::uint64_t seed)
    : ports_(std::move(ports)), stop_(::eventfd(0, EFD_CLOEXEC)), links_(ports_.size() * ports_.size()),
      chance_(seed), buffer_(packet_max), thread_([this] { run(); }) {}

packet_switch::~packet_switch() {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = ::write(stop_, &one, sizeof one);
  thread_.join();
  ::close(stop_);
  for (int port : ports_)
    ::close(port);
}

void packet_switch::set(std::size_t from, std::size_t to, const link_weather& weather) {
  ENSURE(from < ports_.size() && to < ports_.size() && from != to, "a link joins two ports");
  std::lock_guard lock(mutex_);
  links_[from * ports_.size() + to].set(weather);
}

void packet_switch::run() {
  ::setpriority(PRIO_PROCESS, 0, niceness); // of this thread; without the right to it, as it is
  std::vector<pollfd> watched;
  for (int port : ports_)
    watched.push_back({port, POLLIN, 0});
  watched.push_back({stop_, POLLIN, 0});
  while (true) {
    timespec wait{};
    if (!on_their_way_.empty()) {
      auto left = std::max(on_their_way_.top().at - steady_now(), std::chrono::nanoseconds(0));
      wait.tv_sec = left.count() / 1'000'000'000;
      wait.tv_nsec = left.count() % 1'000'000'000;
    }
    int ready = ::ppoll(watched.data(), watched.size(), on_their_way_.empty() ? nullptr : &wait, nullptr);
    if (ready > 0 && watched.back().revents != 0)
      return;
    tick_time now = steady_now();
    deliver_due(now); // before new ones: they come earlier on their links
    if (ready <= 0)
      continue;
    for (std::size_t port = 0; port < ports_.size(); ++port)
      if (watched[port].revents & POLLIN)
        receive(port, now);
  }
}

void packet_switch::receive(std::size_t port, tick_time now) {
  for (int count = 0; count < batch; ++count) {
    ssize_t size = ::read(ports_[port], buffer_.data(), buffer_.size());
    if (size <= 0)
      return;
    auto bytes = static_cast<std::size_t>(size);
    std::size_t to = port_for(buffer_.data(), bytes, ports_.size());
    if (to >= ports_.size() || to == port)
      continue;
    link_model::arrivals arrives;
    {
      std::lock_guard lock(mutex_);
      arrives = links_[port * ports_.size() + to].take(bytes, now, chance_);
    }
    for (std::size_t i = 0; i < arrives.count; ++i) {
      if (arrives.at[i] <= now)
        deliver(to, buffer_.data(), bytes);
      else if (on_their_way_.size() < on_their_way_max)
        on_their_way_.push({arrives.at[i], order_++, to,
                            std::vector<char>(buffer_.data(), buffer_.data() + bytes)});
    }
  }
}

void packet_switch::deliver_due(tick_time now) {
  while (!on_their_way_.empty() && on_their_way_.top().at <= now) {
    const packet& next = on_their_way_.top();
    deliver(next.to, next.bytes.data(), next.bytes.size());
    on_their_way_.pop();
  }
}

void packet_switch::deliver(std::size_t port, const char* bytes, std::size_t size) {
  // Refused only where the device is down: lost, as on any cable.
  if (::write(ports_[port], bytes, size) == static_cast<ssize_t>(size))
    passed_.fetch_add(1, std::memory_order_relaxed);
}

int open_tun(const std::string& space, const std::string& name, const std::string& address) {
  int device = -1;
  {
    network_space_visit visit(space);
    device = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    if (device < 0 || ::ioctl(device, TUNSETIFF, &request) != 0) {
      std::string why = std::strerror(errno);
      if (device >= 0)
        ::close(device);
      throw client::client_error("no TUN device: " + why);
    }
  }
  // The queue holds what hosts send while our thread waits for a core.
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"ip", "-n", space, "address", "add", address + "/24", "dev", name},
        std::vector<std::string>{"ip", "-n", space, "link", "set", name, "txqueuelen", "10000", "up"}})
    if (auto outcome = run_command(words); outcome.exit_code != 0) {
      ::close(device);
      throw client::client_error("ip: " + outcome.output);
    }
  return device;
}

} // namespace carillon::cluster
