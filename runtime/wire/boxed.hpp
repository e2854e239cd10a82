// boxed<T>: a Protobuf message as a value that actors can send: shared and immutable inside a host
// (a send copies a pointer), bytes between hosts. The one place where CAF's inspection meets
// Protobuf (CAF 0.17.6, manual "Type Inspection": load callbacks).
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/sec.hpp>

#include "runtime/base/clock.hpp"

namespace carillon {

template <class T>
class boxed {
public:
  boxed() = default;  // CAF builds before it loads; never read before that
  boxed(T message, tick_time since = {})
      : message_(std::make_shared<const T>(std::move(message))), since_(since) {}
  boxed(std::shared_ptr<const T> message) : message_(std::move(message)) {}

  const T& operator*() const { return *message_; }
  const T* operator->() const { return message_.get(); }
  const std::shared_ptr<const T>& share() const { return message_; }
  // For measuring, inside this host only; {}: nobody said. Of a request: when the edge or the link had
  // it. Of an answer: when what it confirms was committed.
  tick_time since() const { return since_; }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, boxed& x) {
    std::string bytes;
    if constexpr (Inspector::reads_state) {
      if (x.message_)
        x.message_->SerializeToString(&bytes);
      return f(caf::meta::type_name("boxed"), bytes);
    } else {
      auto load = [&]() -> caf::error {
        auto loaded = std::make_shared<T>();
        if (!loaded->ParseFromString(bytes))
          return caf::sec::invalid_argument;
        x.message_ = std::move(loaded);
        return caf::none;
      };
      return f(caf::meta::type_name("boxed"), bytes, caf::meta::load_callback(load));
    }
  }

private:
  std::shared_ptr<const T> message_;
  tick_time since_{};
};

}  // namespace carillon
