// What a push says: of which of the messages, how many there are, and the text as people read it. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// Which events are to be read to find the newest that is to be told; `after` is exclusive. REQUIRES: items.
struct push_window {
  std::uint64_t after = 0;
  std::uint64_t last = 0;
};
inline constexpr std::uint32_t push_window_max = 32;
push_window newest_window(const wire::push_row& row);

struct push_choice {
  const wire::channel_event* newest = nullptr;  // of those events; null: none of them is to be told
  std::uint32_t count = 0;                      // messages in all
};
// `events`: those of the window, as they stand now. Of a message that was deleted, read, or written by the
// user themselves nothing is told.
push_choice choose_push(const wire::push_row& row, const std::vector<wire::channel_event>& events,
                        const entity_id& user, timestamp last_read);
// The row without what the window held.
wire::push_row before_window(wire::push_row row, const push_window& read);

// Whom <@U...> in the text names.
std::vector<entity_id> users_named_in(std::string_view text);
// Slack's marks as people read them: <@U1> as @name, <#C1|general> as #general, <https://a|b> as b, &lt; as <.
// `name_of`: empty for who is not known.
std::string readable_text(std::string_view text, const std::function<std::string(const entity_id&)>& name_of);

// "Ann in #general (3)"
std::string push_title(std::string_view author, std::string_view channel_name, std::uint32_t count);

}  // namespace carillon
