// Whether the directory's PostgreSQL server answers at all. One that is gone refuses connections in no
// time; one that hangs (frozen, its machine cut off) would keep every caller for seconds, one after the
// other. So whoever finds it hanging says so, everybody is refused at once from then on, and a thread of
// its own asks until it answers again. Shared by all connections of a host; thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace carillon::storage {

// libpq's text with the limits that the operator's has none for (directory_connection.cpp).
std::string postgres_text(const std::string& given);

class server_presence {
public:
  explicit server_presence(const std::string& connection)
      : connection_(postgres_text(connection)) {}
  ~server_presence();
  server_presence(const server_presence&) = delete;
  server_presence& operator=(const server_presence&) = delete;

  bool hangs() const { return hangs_.load(std::memory_order_acquire); }
  void note_hanging();

private:
  void ask_until_it_answers();

  const std::string connection_;
  std::atomic<bool> hangs_{false};
  std::mutex lock_;  // below
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread asker_;
};

}  // namespace carillon::storage
