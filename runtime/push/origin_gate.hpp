// When a request to one origin (scheme, host, port) may go: so that a burst shares one connection
// instead of opening one each, and so that a provider that is away is knocked at by one request at a
// time while others are told at once, instead of hundreds that wait for the same silence. Counts only;
// http_client does what it says. One thread.
#pragma once

#include <cstddef>

namespace carillon::push {

class origin_gate {
public:
  // RFC 9113 section 6.5.2 asks servers to take no fewer than 100 streams.
  static constexpr std::size_t streams_max = 100;
  // Where each request needs a connection of its own (HTTP/1.1), or is not known not to.
  static constexpr std::size_t connections_max = 4;

  enum class verdict {
    start,
    wait,       // until the gate is asked again: after each of the events below
    turn_away,  // the origin does not answer, and one request is out to see whether it does again
  };
  verdict ask() const {
    if (running_ == 0)
      return verdict::start;
    if (failing_)
      return verdict::turn_away;
    return connected_ && running_ < (multiplexes_ ? streams_max : connections_max) ? verdict::start : verdict::wait;
  }

  // -- events --
  void started() { ++running_; }
  // A new connection is on its way: until it stands nobody can share it.
  void connecting() { connected_ = false; }
  // A request is about to be written: there is a connection.
  void connected() { connected_ = true; }
  void answered(bool multiplexes) {
    multiplexes_ = multiplexes;
    failing_ = false;
    ended();
  }
  // Nothing came, or there was no way to send it.
  void failed() {
    failing_ = true;
    ended();
  }

  std::size_t running() const { return running_; }
  bool failing() const { return failing_; }

private:
  void ended() {
    if (--running_ == 0)
      connected_ = false;  // it may be gone when the next one comes: that one finds out alone
  }

  std::size_t running_ = 0;
  bool connected_ = false;
  bool multiplexes_ = false;  // its last answer came over HTTP/2
  bool failing_ = false;      // its last request got no answer
};

}  // namespace carillon::push
