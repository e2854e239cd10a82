// Where those who sent a command meet what came of it on this host: the asker expects a request id,
// the applier publishes outcomes. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "runtime/base/clock.hpp"
#include "runtime/wire/directory.pb.h"

namespace carillon::storage {

class directory_outcomes {
public:
  // While it lives, the outcome of this request is kept for it. One per request at a time.
  class expected {
  public:
    expected(directory_outcomes& all, std::string request_id);
    ~expected();
    expected(const expected&) = delete;
    expected& operator=(const expected&) = delete;

    // Blocks until the outcome is there; nullopt: not by `until`, or close() was called.
    std::optional<wire::directory_outcome> wait(tick_time until);

  private:
    directory_outcomes& all_;
    const std::string request_id_;
  };

  // Nothing happens when nobody on this host expects it.
  void publish(const std::string& request_id, const wire::directory_outcome& outcome);
  // Nothing more will be published: whoever waits need not.
  void close();

private:
  std::mutex lock_;
  std::condition_variable published_;
  bool closed_ = false;
  std::unordered_map<std::string, std::optional<wire::directory_outcome>> waiting_;
};

}  // namespace carillon::storage
