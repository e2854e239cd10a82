#include "storage/directory_presence.hpp"

#include <chrono>

#include <soci/postgresql/soci-postgresql.h>

#include "runtime/base/logging.hpp"

namespace carillon::storage {
namespace {

constexpr std::chrono::milliseconds ask_again{100};

}  // namespace

server_presence::~server_presence() {
  {
    std::lock_guard hold(lock_);
    ending_ = true;
  }
  wake_.notify_all();
  if (asker_.joinable())
    asker_.join();  // at most connect_timeout
}

void server_presence::note_hanging() {
  std::lock_guard hold(lock_);
  if (ending_ || hangs_.exchange(true))
    return;
  log_warn("directory", "PostgreSQL does not answer; who is known already goes on");
  if (asker_.joinable())
    asker_.join();  // the one of an earlier time, which is through
  asker_ = std::thread([this] { ask_until_it_answers(); });
}

void server_presence::ask_until_it_answers() {
  while (::PQping(connection_.c_str()) != PQPING_OK) {
    std::unique_lock hold(lock_);
    if (wake_.wait_for(hold, ask_again, [this] { return ending_; }))
      return;
  }
  log_info("directory", "PostgreSQL answers again");
  hangs_.store(false, std::memory_order_release);
}

}  // namespace carillon::storage
