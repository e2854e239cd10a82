// What became of the presence events that were handed to sockets: written by I/O threads, read by the
// presence actor. An event's frame carries a receipt; it says so when the frame is with the kernel, and
// when it goes without ever having been. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/edge/gateway.hpp"

namespace carillon {

class presence_receipts : public std::enable_shared_from_this<presence_receipts> {
public:
  struct receipt {
    edge::connection_id who = 0;
    bool arrived = false;
  };

  // What the frame calls when it is written (edge::make_text_frame).
  std::function<void(edge::connection_id)> make(edge::connection_id who) {
    auto paper = std::make_shared<slip>(shared_from_this(), who);
    return [paper = std::move(paper)](edge::connection_id) { paper->say(true); };
  }

  std::vector<receipt> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(all_, {});
  }

private:
  class slip {
  public:
    slip(std::shared_ptr<presence_receipts> book, edge::connection_id who)
        : book_(std::move(book)), who_(who) {}
    ~slip() { say(false); }
    slip(const slip&) = delete;
    slip& operator=(const slip&) = delete;
    void say(bool arrived) {
      if (auto book = std::exchange(book_, nullptr)) {
        std::lock_guard lock(book->mutex_);
        book->all_.push_back({who_, arrived});
      }
    }

  private:
    std::shared_ptr<presence_receipts> book_;
    const edge::connection_id who_;
  };

  std::mutex mutex_;
  std::vector<receipt> all_;  // guarded by mutex_
};

}  // namespace carillon
