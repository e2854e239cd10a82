#include "storage/directory_outcomes.hpp"

#include "runtime/base/ensure.hpp"

namespace carillon::storage {

directory_outcomes::expected::expected(directory_outcomes& all, std::string request_id)
    : all_(all), request_id_(std::move(request_id)) {
  std::lock_guard hold(all_.lock_);
  ENSURE(all_.waiting_.try_emplace(request_id_).second, "a request has one asker");
}

directory_outcomes::expected::~expected() {
  std::lock_guard hold(all_.lock_);
  all_.waiting_.erase(request_id_);
}

std::optional<wire::directory_outcome> directory_outcomes::expected::wait(tick_time until) {
  std::unique_lock hold(all_.lock_);
  const auto& place = all_.waiting_.at(request_id_);
  all_.published_.wait_until(hold, until, [&] { return place.has_value() || all_.closed_; });
  return place;
}

void directory_outcomes::publish(const std::string& request_id,
                                 const wire::directory_outcome& outcome) {
  {
    std::lock_guard hold(lock_);
    auto asker = waiting_.find(request_id);
    if (asker == waiting_.end())
      return;
    asker->second = outcome;
  }
  published_.notify_all();
}

void directory_outcomes::close() {
  {
    std::lock_guard hold(lock_);
    closed_ = true;
  }
  published_.notify_all();
}

}  // namespace carillon::storage
