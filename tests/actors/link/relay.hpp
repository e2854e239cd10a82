// A cable between two hosts that can be cut: forwards TCP on loopback, and while it is cut forwards
// nothing, loses nothing and ends nothing, so that each side hears only silence. Threads of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/cluster/sockets.hpp"

namespace carillon {

class relay {
public:
  explicit relay(std::string target) : target_(std::move(target)) {
    auto made = cluster::listen_on("127.0.0.1:0");
    address_ = "127.0.0.1:" + std::to_string(made->port);
    listening_ = std::move(made->fd);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~relay() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
      cut_ = false;
    }
    changed_.notify_all();
    listening_.end();
    accepting_.join();
    for (auto& each : cables_)
      each->near.end(), each->far.end();
    for (std::thread& each : pumps_)
      each.join();
  }

  const std::string& address() const { return address_; }
  void cut() {
    std::lock_guard lock(mutex_);
    cut_ = true;
  }
  void heal() {
    {
      std::lock_guard lock(mutex_);
      cut_ = false;
    }
    changed_.notify_all();
  }

private:
  struct cable {
    cluster::socket_fd near, far;
  };

  // Returns when bytes may pass; false: when the relay ends.
  bool wait_whole() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !cut_ || ending_; });
    return !ending_;
  }

  void accept_all() {
    for (;;) {
      pollfd waiting{listening_.get(), POLLIN, 0};
      if (poll(&waiting, 1, -1) < 0 || !wait_whole())
        return;
      cluster::socket_fd near(accept(listening_.get(), nullptr, nullptr));
      if (!near)
        continue;
      auto far = cluster::connect_within(target_, std::chrono::seconds(2));
      if (!far)
        continue;
      auto made = std::make_shared<cable>(cable{std::move(near), std::move(*far)});
      cables_.push_back(made);
      pumps_.emplace_back([this, made] { pump(made->near, made->far); });
      pumps_.emplace_back([this, made] { pump(made->far, made->near); });
    }
  }

  void pump(const cluster::socket_fd& from, const cluster::socket_fd& to) {
    char bytes[65'536];
    for (;;) {
      pollfd readable{from.get(), POLLIN, 0};
      if (poll(&readable, 1, -1) < 0 || !wait_whole())
        break;
      ssize_t size = recv(from.get(), bytes, sizeof(bytes), 0);
      if (size <= 0)
        break;
      if (!wait_whole() || !write_all(to, bytes, static_cast<std::size_t>(size)))
        break;
    }
    to.end();
    from.end();
  }

  static bool write_all(const cluster::socket_fd& to, const char* bytes, std::size_t size) {
    while (size > 0) {
      pollfd writable{to.get(), POLLOUT, 0};
      if (poll(&writable, 1, -1) < 0)
        return false;
      ssize_t sent = ::send(to.get(), bytes, size, MSG_NOSIGNAL);
      if (sent <= 0)
        return false;
      bytes += sent;
      size -= static_cast<std::size_t>(sent);
    }
    return true;
  }

  const std::string target_;
  std::string address_;
  cluster::socket_fd listening_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool cut_ = false;
  bool ending_ = false;
  std::vector<std::shared_ptr<cable>> cables_;  // by the accepting thread, then by the destructor
  std::vector<std::thread> pumps_;
  std::thread accepting_;
};

}  // namespace carillon
