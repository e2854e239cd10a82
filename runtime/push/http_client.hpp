// Carries requests to providers and brings back what they answered: libcurl's multi interface on a thread
// of its own, HTTP/2 where the server has it, one connection per origin for as many requests as it takes,
// TLS verified, no redirects, no cookies, no proxy. libcurl's transfers are met here only.
//
// Whether an unanswered request may have arrived is told apart: libcurl's "pre-request" hook runs when a
// connection stands and the first byte is about to be written. A request that never came so far did not
// arrive; of any other nobody knows. libcurl repeats by itself a request whose kept connection died before a
// byte of the answer came.
//
// Deadlines are ours: libcurl 7.88 does not count the time of a request that waits for a connection
// (curl/curl#13227). Where a whole deadline passes in which an origin sends nothing, its connections are
// cut, or every later request would be written into the same silence.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/result.hpp"
#include "runtime/push/http_exchange.hpp"

namespace carillon::push {

struct exchange_end {
  enum class how {
    answered,
    not_sent,         // no byte of it was written
    no_answer,        // it was written, and may or may not have arrived
    address_refused,  // its host has no address that it may go to; no byte was written
  };
  how end = how::not_sent;
  http_answer answer;  // of answered
  std::string reason;  // of the others
};

class http_client {
public:
  struct options {
    std::string ca_file;  // PEM; empty: the system's
    std::chrono::milliseconds deadline{15'000};
  };
  using then = std::function<void(exchange_end)>;

  // Starts the thread. Fails with internal_error where libcurl lacks what is needed.
  static result<std::unique_ptr<http_client>> start(const options& how);
  ~http_client();  // stop()
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  // Any thread: runs `what` on the client's. False, and it never runs, after stop().
  bool run(std::function<void()> what);

  // -- on the client's thread --
  // `public_only`: addresses outside the Internet at large are refused, whatever the name resolves to,
  // and also those of connections that another request opened. `after` comes exactly once, maybe at once.
  void exchange(http_request what, bool public_only, then after);

  // Not on the client's thread: what was run() before is run, then everything under way ends as not_sent or
  // no_answer, then the thread. The second time does nothing.
  void stop();

private:
  class worker;
  explicit http_client(std::unique_ptr<worker> made);
  std::unique_ptr<worker> worker_;
};

}  // namespace carillon::push
