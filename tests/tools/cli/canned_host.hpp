// A host that gives prepared answers, one connection and one answer each, and remembers what it was
// asked. Listens on a free port of 127.0.0.1.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace carillon::test {

class canned_host {
public:
  // Each answer is a JSON body, sent with status 200, or another from now on.
  explicit canned_host(std::vector<std::string> answers);
  ~canned_host();
  canned_host(const canned_host&) = delete;
  canned_host& operator=(const canned_host&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void answer_with_status(int status) { status_ = status; }
  // Whole requests, heads and bodies. Waits until all answers were given.
  const std::vector<std::string>& requests();

private:
  void serve();

  std::vector<std::string> answers_;
  std::vector<std::string> requests_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> status_{200};
  std::thread thread_;
};

}  // namespace carillon::test
