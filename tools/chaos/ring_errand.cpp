#include "tools/chaos/ring_errand.hpp"

namespace carillon::chaos {
namespace {

constexpr std::chrono::milliseconds between_questions{200};

}  // namespace

ring_errand::ring_errand(kind what, std::size_t host, std::chrono::nanoseconds stay)
    : what_(what), host_(host), stay_(stay) {}

void ring_errand::go_on(const ring_access& access, tick_time now) {
  if (is_over() || now - asked_ < between_questions)
    return;
  asked_ = now;
  if (what_ == kind::drain)
    go_on_draining(access, now);
  else
    go_on_visiting(access, now);
}

void ring_errand::enter(phase next, tick_time now) {
  now_ = next;
  since_ = now;
}

void ring_errand::go_on_draining(const ring_access& access, tick_time now) {
  switch (now_) {
  case phase::begins:
    if (access.order(host_, wire::HOST_DRAINS))
      enter(phase::leaves, now);
    break;
  case phase::leaves:
    if (auto place = access.place_of(host_); place && place->slots == 0)
      enter(phase::stays, now);
    break;
  case phase::stays:
    if (now - since_ >= stay_)
      enter(phase::arrives, now);
    break;
  case phase::arrives:
    if (access.order(host_, wire::HOST_SERVES))
      enter(phase::over, now);
    break;
  case phase::ends:
  case phase::over:
    break;
  }
}

void ring_errand::go_on_visiting(const ring_access& access, tick_time now) {
  switch (now_) {
  case phase::begins:
    access.launch(host_);
    enter(phase::arrives, now);
    break;
  case phase::arrives:  // until nothing moves towards it any more
    if (auto place = access.place_of(host_); place && place->slots > 0 && place->moves == 0)
      enter(phase::stays, now);
    break;
  case phase::stays:
    if (now - since_ >= stay_ && access.order(host_, wire::HOST_LEAVES))
      enter(phase::leaves, now);
    break;
  case phase::leaves:
    if (auto place = access.place_of(host_); place && !place->is_member) {
      access.end_in_order(host_);
      enter(phase::ends, now);
    }
    break;
  case phase::ends:
    if (!access.is_running(host_))
      enter(phase::over, now);
    break;
  case phase::over:
    break;
  }
}

}  // namespace carillon::chaos
