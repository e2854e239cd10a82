// What goes between the slots of channels and the courier that brings it to the slots of users
// (actors/slot/inbox_courier.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "runtime/base/result.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon {

// For the inboxes of one slot's users, of whom `someone` is any.
struct inbox_letter {
  slot_id to = 0;
  std::uint64_t someone = 0;
  std::shared_ptr<const wire::inbox_delivery> what;
};

// What became of a letter; nullopt: it was taken.
struct inbox_receipt {
  slot_id to = 0;
  std::optional<error> refused;
};

}  // namespace carillon
