// The loop of the clients: what it does before it sleeps. A pipe stands for a socket.
#include <array>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tools/client/event_loop.hpp"

namespace carillon::client {
namespace {

constexpr std::chrono::seconds patience{30};

class reader final : public event_source {
public:
  explicit reader(event_loop& loop) : loop_(loop) {
    REQUIRE(::pipe(ends_.data()) == 0);
    loop_.watch(ends_[0], *this, false);
  }
  ~reader() override {
    loop_.forget(ends_[0], *this);
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void write() { REQUIRE(::write(ends_[1], "x", 1) == 1); }
  int heard() const { return heard_; }

private:
  void on_ready(std::uint32_t) override {
    char byte = 0;
    heard_ += static_cast<int>(::read(ends_[0], &byte, 1));
  }

  event_loop& loop_;
  std::array<int, 2> ends_{};
  int heard_ = 0;
};

} // namespace

TEST_CASE("event loop: it sleeps at once, unless it was told to stay awake") {
  event_loop loop;
  reader pipe(loop);
  pipe.write();
  CHECK(loop.run_until([&] { return pipe.heard() == 1; }, patience));
  loop.run_for(std::chrono::milliseconds(2));
  CHECK(loop.looked().count() == 0);
}

TEST_CASE("event loop: awake or not, what is there is heard of") {
  event_loop loop;
  loop.stay_awake(std::chrono::microseconds(200));
  reader pipe(loop);
  for (int i = 1; i <= 100; ++i) {
    pipe.write();
    CHECK(loop.run_until([&] { return pipe.heard() == i; }, patience));
  }
}

TEST_CASE("event loop: looking for nothing ends after its time, is counted, and the loop sleeps then") {
  event_loop loop;
  constexpr std::chrono::microseconds awake{200};
  loop.stay_awake(awake);
  reader pipe(loop);
  loop.run_for(std::chrono::milliseconds(300)); // one sleep, or two
  CHECK(loop.looked() >= awake);
  CHECK(loop.looked() < std::chrono::milliseconds(150));
  CHECK(pipe.heard() == 0);
}

} // namespace carillon::client
