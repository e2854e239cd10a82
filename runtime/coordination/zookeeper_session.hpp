// One session with ZooKeeper, over its own library (libzookeeper_mt), which is met here only. What the
// library says comes on threads of its own: it is handed on as values and nothing is done there (closing
// a session inside a callback would wait for itself; heron apache/incubator-heron#2907).
//
// The library connects again by itself, to any of the servers, as long as the session lives, and sets its
// watches again. When the session has expired, open() makes a new one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/result.hpp"
#include "runtime/coordination/zookeeper_words.hpp"

namespace carillon::zookeeper {

class zookeeper_session {
public:
  struct options {
    std::string servers;  // "HOST:PORT,HOST:PORT"
    std::uint32_t timeout_ms = 10'000;
  };
  // Called on threads of the library: must only post. `opened` is what open() counted: whoever gets a
  // word of an earlier session drops it.
  struct listener {
    std::function<void(std::uint64_t opened, zk_session what, session_id session)> session;
    std::function<void(std::uint64_t opened, zk_reply reply)> reply;
    std::function<void(std::uint64_t opened, std::string path)> watch;
  };

  zookeeper_session(options how, listener to);
  ~zookeeper_session();  // as close()
  zookeeper_session(const zookeeper_session&) = delete;
  zookeeper_session& operator=(const zookeeper_session&) = delete;

  // Closes the session at hand and begins a new one; the connection is told of when it stands. Looks names
  // up, which may block. Errors: storage_unavailable: none of the servers' names is known.
  status open();
  // Its nodes vanish there at once, if a server is heard; waits for that, 3 s at most.
  void close();
  std::uint64_t opened() const { return opened_; }

  // Its reply comes to the listener, also if it never left. REQUIRES: open() succeeded.
  void send(const zk_request& request);

private:
  struct handle;
  const options how_;
  const listener to_;
  std::uint64_t opened_ = 0;
  std::unique_ptr<handle> handle_;
};

}  // namespace carillon::zookeeper
