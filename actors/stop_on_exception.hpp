// CAF ends an actor whose handler throws, and says nothing. A host that goes on without its hub or
// one of its slots looks well and delivers nothing: better it stops, and says what happened.
#pragma once

#include <exception>

#include <caf/all.hpp>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {

inline void stop_host_on_exception(caf::scheduled_actor& self) {
  self.set_exception_handler(
      [](caf::scheduled_actor* failed, std::exception_ptr& thrown) -> caf::error {
        try {
          std::rethrow_exception(thrown);
        } catch (const std::exception& what) {
          log_error(failed->name(), "exception: {}", what.what());
        } catch (...) {
          log_error(failed->name(), "exception of an unknown kind");
        }
        ENSURE(false, "actors that the host cannot do without do not throw");
        return {};
      });
}

}  // namespace carillon
