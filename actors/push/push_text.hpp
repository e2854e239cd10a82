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

// Which events are to be read to find the newest that is to be told; `after` is exclusive. REQUIRES: news
// (has_news of push_items.hpp).
struct push_window {
  std::uint64_t after = 0;
  std::uint64_t last = 0;
};
inline constexpr std::uint32_t push_window_max = 32;
push_window newest_window(const wire::push_row& row);

struct push_choice {
  const wire::channel_event* newest = nullptr;  // of those events; null: none of them is news
  std::vector<wire::push_item> unread;          // of the window: those that count, with their times
};
// `events`: those of the window, as they stand now. Of a message that was deleted, read, or written by the
// user themselves nothing is told, and nothing counted.
push_choice choose_push(const wire::push_row& row, const std::vector<wire::channel_event>& events,
                        const entity_id& user, timestamp last_read);
// The row without what the window held.
wire::push_row before_window(wire::push_row row, const push_window& read);
// How many messages of the channel are unread: `mentions` by the user's inbox, these beside them.
std::uint32_t count_of(std::uint32_t mentions, const std::vector<wire::push_item>& unread, std::uint32_t more);

// Whom and which channels <@U...> and <#C...> in the text name; of these only such without a name of their own.
std::vector<entity_id> named_in(std::string_view text);
// Slack's marks as people read them: <@U1> as @name, <#C1|general> as #general, <https://a|b> as b, &lt; as <.
// `name_of`: of users and channels; empty for who is not known.
std::string readable_text(std::string_view text, const std::function<std::string(const entity_id&)>& name_of);

// "Ann in #general (3)"
std::string push_title(std::string_view author, std::string_view channel_name, std::uint32_t count);

}  // namespace carillon
