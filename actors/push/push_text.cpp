#include "actors/push/push_text.hpp"

#include <algorithm>

#include "actors/push_items.hpp"
#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

// What people write; not what the channel says of itself.
bool is_written(const wire::chat_message& message) {
  const std::string& subtype = message.subtype();
  return subtype.empty() || subtype == "me_message" || subtype == "bot_message" || subtype == "thread_broadcast";
}

bool is_to_be_told(const wire::push_item& item, const wire::channel_event& event, const std::string& user,
                   timestamp last_read) {
  const wire::chat_message& message = event.message();
  if (message.deleted() || event.kind() == wire::EVENT_MESSAGE_DELETED || message.ts() <= last_read ||
      message.user() == user)
    return false;
  return item.kind() != wire::MENTION_UNKNOWN || (event.kind() == wire::EVENT_MESSAGE && is_written(message));
}

// The part between < and >, without them.
std::string readable_mark(std::string_view mark, const std::function<std::string(const entity_id&)>& name_of) {
  const auto bar = mark.find('|');
  const std::string_view target = mark.substr(0, bar);
  const std::string_view label = bar == std::string_view::npos ? std::string_view() : mark.substr(bar + 1);
  if (target.starts_with('@')) {
    const auto id = entity_id::parse(target.substr(1));
    std::string name = id ? name_of(*id) : std::string();
    if (name.empty())
      name = label.empty() ? target.substr(1) : label;
    return "@" + name;
  }
  if (target.starts_with('#')) {
    const auto id = entity_id::parse(target.substr(1));
    std::string name = !label.empty() ? std::string(label) : id ? name_of(*id) : std::string();
    return "#" + (name.empty() ? std::string(target.substr(1)) : name);
  }
  if (target.starts_with('!'))
    return label.empty() ? "@" + std::string(target.substr(1)) : std::string(label);
  return std::string(label.empty() ? target : label);
}

// The whole mark at this <, and what is between; nullopt: it is only a sign.
std::optional<std::string_view> mark_at(std::string_view text, std::size_t at) {
  const auto end = text.find_first_of("<>\n", at + 1);
  if (end == std::string_view::npos || text[end] != '>' || end == at + 1)
    return std::nullopt;
  return text.substr(at + 1, end - at - 1);
}

}  // namespace

push_window newest_window(const wire::push_row& row) {
  ENSURE(has_news(row), "a push is of something");
  const std::uint64_t last = row.items().rbegin()->seq();
  for (const auto& item : row.items())
    if (item.seq() + push_window_max > last)
      return {item.seq() - 1, last};
  return {last - 1, last};
}

push_choice choose_push(const wire::push_row& row, const std::vector<wire::channel_event>& events,
                        const entity_id& user, timestamp last_read) {
  push_choice out;
  const std::string user_id = user.text();
  const push_window window = newest_window(row);
  for (const auto& item : row.items()) {
    if (item.seq() <= window.after)
      continue;
    const auto event = std::find_if(events.begin(), events.end(),
                                    [&](const auto& each) { return each.seq() == item.seq(); });
    if (event == events.end() || !is_to_be_told(item, *event, user_id, last_read))
      continue;
    out.unread.push_back(item);
    out.unread.back().set_ts(event->message().ts());
    if (item.seq() > row.told_seq())
      out.newest = &*event;
  }
  return out;
}

wire::push_row before_window(wire::push_row row, const push_window& read) {
  auto& items = *row.mutable_items();
  items.erase(std::remove_if(items.begin(), items.end(), [&](const auto& each) { return each.seq() > read.after; }),
              items.end());
  return row;
}

std::uint32_t count_of(std::uint32_t mentions, const std::vector<wire::push_item>& unread, std::uint32_t more) {
  const auto others = std::count_if(unread.begin(), unread.end(),
                                    [](const auto& each) { return !is_counted_by_inbox(each.kind()); });
  return mentions + static_cast<std::uint32_t>(others) + more;
}

std::vector<entity_id> named_in(std::string_view text) {
  std::vector<entity_id> out;
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const auto mark = mark_at(text, at);
    if (!mark || (mark->front() != '@' && mark->front() != '#'))
      continue;
    const auto bar = mark->find('|');
    const auto id = entity_id::parse(mark->substr(1, bar == std::string_view::npos ? bar : bar - 1));
    if (id && (mark->front() == '@' ? id->kind == id_kind::user : id->is_channel() && bar == std::string_view::npos))
      out.push_back(*id);
  }
  return out;
}

std::string readable_text(std::string_view text, const std::function<std::string(const entity_id&)>& name_of) {
  struct sign {
    std::string_view written, read;
  };
  constexpr sign signs[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '<') {
      if (const auto mark = mark_at(text, at)) {
        out += readable_mark(*mark, name_of);
        at += mark->size() + 2;
        continue;
      }
    }
    const auto* known = std::find_if(std::begin(signs), std::end(signs), [&](const sign& each) {
      return text.substr(at).starts_with(each.written);
    });
    if (known == std::end(signs)) {
      out += text[at++];
    } else {
      out += known->read;
      at += known->written.size();
    }
  }
  return out;
}

std::string push_title(std::string_view author, std::string_view channel_name, std::uint32_t count) {
  std::string out(author);
  if (!channel_name.empty())
    out.append(out.empty() ? "#" : " in #").append(channel_name);
  if (count > 1)
    out.append(" (").append(std::to_string(count)).append(")");
  return out;
}

}  // namespace carillon
