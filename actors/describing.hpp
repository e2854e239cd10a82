// How an actor describes itself to the inspector: what all of them say in the same words, and the
// message that asks a slot for the busiest of its entities. Answers are made when asked for; an actor
// that nobody looks at does nothing for it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include <caf/all.hpp>

#include "actors/protocols.hpp"
#include "config/settings.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/wire/inspect.pb.h"

namespace carillon {

// inspector -> a slot; answered with top_picture_box: its channels by posts per second, and the
// mailboxes of its busiest entities as far as these answer in time.
struct describe_busiest {
  tick_time asked{};
  std::uint32_t limit = 0;
};
using top_picture_box = boxed<wire::top_picture>;

// The pictures' unit; never negative.
inline std::uint64_t micros_between(tick_time from, tick_time to) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(to - from).count()));
}

// REQUIRES: called by `self`, in the handler of the question that was put at `asked`.
template <class Picture>
void describe_mailbox(caf::scheduled_actor& self, tick_time asked, Picture& into) {
  into.set_mailbox_length(self.mailbox().size());
  into.set_mailbox_wait(micros_between(asked, steady_now()));
}

// A host that is alone may have no name; then this.
inline constexpr const char* lone_host = "host";
inline std::string own_name(const settings& config) {
  return config.host.name.empty() ? lone_host : config.host.name;
}
// As people call it; hexadecimal digits for a disk that no member has; empty for nobody (0).
inline std::string name_of_member(const wire::ring_view& view, std::uint64_t store_id) {
  for (const wire::ring_member& member : view.members())
    if (member.store_id() == store_id)
      return member.name().empty() ? lone_host : member.name();
  if (store_id == 0)
    return {};
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(store_id >> shift);
  return to_hex(bytes);
}

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::describe_busiest)
