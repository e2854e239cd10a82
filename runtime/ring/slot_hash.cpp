#include "runtime/ring/slot_hash.hpp"

#include "runtime/base/ensure.hpp"
#include "runtime/base/hash.hpp"

namespace carillon {

slot_id slot_of(const entity_id& id, std::uint32_t slots) {
  ENSURE(slots >= 1 && slots <= slots_max && (slots & (slots - 1)) == 0, "slots is a power of two");
  return static_cast<slot_id>(stable_hash(id.text()) & (slots - 1));
}

}  // namespace carillon
