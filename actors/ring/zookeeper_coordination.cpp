#include "actors/ring/zookeeper_coordination.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

// A view that is too large is not packed again at once: only people can do something about it.
constexpr std::chrono::seconds refusal_pause{30};

}  // namespace

void zookeeper_coordination::look(bool may_lead, const wire::ring_view& view, tick_time now) {
  now_ = now;
  in_log_ = view.generation();
  if (!joined_told_ && std::any_of(view.members().begin(), view.members().end(), [&](const auto& each) {
        return each.store_id() == around_.self;
      })) {
    joined_told_ = true;
    around_.joined();
  }
  if (std::exchange(wants_, may_lead) != may_lead)
    around_.run(may_lead);
  if (!may_lead || fence_ == 0 || keeping_ || putting_ || (not_before_ && now < *not_before_))
    return;
  not_before_.reset();
  const std::uint64_t there = record_ ? record_->generation() : 0;
  if (there > in_log_) {
    put(false);
  } else if (in_log_ > there) {
    keeping_ = view;
    around_.keep(view);
  }
}

std::optional<std::uint64_t> zookeeper_coordination::leads() const {
  const std::uint64_t there = record_ ? record_->generation() : 0;
  if (!wants_ || fence_ == 0 || keeping_ || putting_ || there != in_log_ || not_before_)
    return std::nullopt;
  return fence_;
}

void zookeeper_coordination::change(const wire::ring_view& before, wire::ring_view next, told then) {
  ENSURE(leads() && before.generation() == in_log_, "only a leader changes the view, and the newest one");
  then_ = std::move(then);
  keeping_ = std::move(next);
  around_.keep(*keeping_);
}

std::string zookeeper_coordination::standstill() const {
  if (!refused_.empty())
    return refused_;
  return fence_ != 0 ? "" : "no host has been elected in ZooKeeper to lead it; see /readyz of the ring hosts";
}

void zookeeper_coordination::lease_is(ring_lease_is what) {
  fence_ = what.fence;
  record_ = std::move(what.view);
  refused_.clear();
  not_before_.reset();
}

void zookeeper_coordination::kept(const status& done) {
  auto view = std::exchange(keeping_, std::nullopt);
  if (!view)
    return;
  if (!done) {
    if (done.code() == errc::invalid_arguments) {
      refused_ = done.error().detail;
      not_before_ = now_ + refusal_pause;
    }
    if (auto then = std::exchange(then_, {}))
      then(done);
    return;
  }
  refused_.clear();
  const bool follows = view->generation() == in_log_ + 1;
  record_ = std::move(view);
  if (record_->generation() > in_log_)
    put(follows && then_);
}

// What is refused here stays ahead of the log, and is put there by look().
void zookeeper_coordination::put(bool follows) {
  putting_ = true;
  const wire::ring_view next = *record_;
  around_.put(next, follows, [this](const status& done) {
    putting_ = false;
    if (auto then = std::exchange(then_, {}))
      then(done);
  });
}

}  // namespace carillon
