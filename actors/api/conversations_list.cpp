// conversations.list, users.conversations. Ids sort by their letter, C before D before G, so one
// cursor runs through the catalogue of channels first and through the caller's DMs after it.
#include <algorithm>
#include <unordered_map>

#include "actors/api/conversation.hpp"
#include "actors/cursor.hpp"
#include "actors/api/facts_of_channels.hpp"
#include "actors/api/handlers.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::string_view cursor_type = "team";
constexpr std::uint32_t page_default = 100;  // as Slack

struct wanted_kinds {
  bool publics = false;
  bool privates = false;
  bool directs = false;
  bool group_dms = false;

  bool has(wire::channel_kind kind) const {
    return (kind == wire::CHANNEL_PUBLIC && publics) ||
           (kind == wire::CHANNEL_PRIVATE && privates) ||
           (kind == wire::CHANNEL_DIRECT && directs) ||
           (kind == wire::CHANNEL_GROUP_DM && group_dms);
  }
};

struct list_query {
  wanted_kinds kinds;
  bool exclude_archived = false;
  std::uint32_t limit = page_default;
  entity_id after;  // no id: from the start
};

// What the caller (or the user asked about) is in, by channel.
using memberships = std::unordered_map<entity_id, wire::user_channel>;

result<wanted_kinds> read_types(const arguments& args) {
  wanted_kinds out;
  for (const std::string& type : args.list("types")) {
    if (type == "public_channel")
      out.publics = true;
    else if (type == "private_channel")
      out.privates = true;
    else if (type == "im")
      out.directs = true;
    else if (type == "mpim")
      out.group_dms = true;
    else
      return errc::invalid_types;
  }
  if (!args.has("types"))
    out.publics = true;
  return out;
}

result<list_query> read_query(const call& c) {
  list_query out;
  result<wanted_kinds> kinds = read_types(c.args);
  if (!kinds)
    return kinds.error();
  out.kinds = *kinds;
  result<bool> exclude = c.args.flag("exclude_archived", false);
  if (!exclude)
    return exclude.error();
  out.exclude_archived = *exclude;
  result<std::uint32_t> limit = c.args.limit(page_default, c.host.config.limits.page_max);
  if (!limit)
    return limit.error();
  out.limit = *limit;
  if (c.args.has("cursor")) {
    std::optional<std::string> position = read_cursor(cursor_type, c.args.text("cursor"));
    std::optional<entity_id> after = position ? entity_id::parse(*position) : std::nullopt;
    if (!after || !after->is_channel())
      return errc::invalid_cursor;
    out.after = *after;
  }
  return out;
}

memberships by_channel(const wire::user_reply& reply) {
  memberships out;
  for (const wire::user_channel& row : reply.channels())
    if (std::optional<entity_id> id = entity_id::parse(row.channel_id()); id && row.member())
      out.emplace(*id, row);
  return out;
}

json::object listed(const wire::channel_facts& facts, const wire::user_channel* row) {
  slack::channel_view view;
  if (row) {
    view.is_member = true;
    view.is_open = row->open();
    view.peer = row->peer();
  }
  return slack::channel_json(facts, view);
}

void answer_list(const call_ptr& c, json::array channels, const entity_id& last, bool more) {
  c->ok({{"channels", std::move(channels)},
         {"response_metadata",
          json::object{{"next_cursor", more ? make_cursor(cursor_type, last.text()) : ""}}}});
}

// Appends those of `rows` that are wanted, in order of id, and answers.
void list_rows(const call_ptr& c, const list_query& query, json::array channels,
               const memberships& rows) {
  std::vector<entity_id> ids;
  for (const auto& [id, row] : rows)
    if (query.kinds.has(row.kind()) && (!query.after || query.after < id))
      ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  std::size_t room = query.limit - std::min<std::size_t>(query.limit, channels.size());
  bool more = ids.size() > room;
  if (more)
    ids.resize(room);
  entity_id last = ids.empty() ? query.after : ids.back();
  on_facts(c, ids,
           [c, query, channels = std::move(channels), rows, ids, last,
            more](const facts_by_channel& found) mutable {
             for (const entity_id& id : ids) {
               auto facts = found.find(id);
               if (facts != found.end() && (!query.exclude_archived || !facts->second.archived()))
                 channels.push_back(listed(facts->second, &rows.at(id)));
             }
             answer_list(c, std::move(channels), last, more);
           });
}

// The catalogue's part of conversations.list, then the DMs if there is room.
void list_catalogue(const call_ptr& c, const list_query& query, const memberships& rows) {
  storage::directory::channel_query wanted;
  wanted.team = c->team();
  wanted.publics = query.kinds.publics;
  wanted.privates = query.kinds.privates;
  wanted.exclude_archived = query.exclude_archived;
  wanted.after = query.after ? query.after.text() : std::string();
  wanted.limit = query.limit;
  for (const auto& [id, row] : rows)
    if (row.kind() == wire::CHANNEL_PRIVATE)
      wanted.also.push_back(id);
  auto work = [wanted](const storage::directory& directory) {
    return directory.list_channels(wanted);
  };
  on_directory(c, work, [c, query, rows](const storage::page_of<storage::channel_row>& page) {
    json::array channels;
    for (const storage::channel_row& channel : page.rows) {
      wire::channel_facts facts;
      if (channel.reserved || !facts.ParseFromString(channel.facts) || facts.id().empty())
        continue;
      auto row = rows.find(channel.id);
      channels.push_back(listed(facts, row == rows.end() ? nullptr : &row->second));
    }
    if (!page.next.empty() && !page.rows.empty())
      return answer_list(c, std::move(channels), page.rows.back().id, true);
    list_query rest = query;
    rest.kinds.publics = rest.kinds.privates = false;
    if (!rest.kinds.directs && !rest.kinds.group_dms)
      return answer_list(c, std::move(channels), {}, false);
    // A full page says "more" with the last channel's id: the DMs all come after it.
    if (!page.rows.empty())
      rest.after = page.rows.back().id;
    list_rows(c, rest, std::move(channels), rows);
  });
}

wire::user_request list_request() {
  wire::user_request request;
  request.mutable_list_channels()->set_only_members(true);
  return request;
}

// Of another user's conversations the caller sees the public ones and those they share.
void list_of_other(const call_ptr& c, const list_query& query, const entity_id& other) {
  on_user(c, c->user(), list_request(), [c, query, other](const wire::user_reply& own) {
    on_user(c, other, list_request(),
            [c, query, mine = by_channel(own)](const wire::user_reply& theirs) {
              memberships rows = by_channel(theirs);
              std::erase_if(rows, [&](const auto& item) {
                return item.second.kind() != wire::CHANNEL_PUBLIC && !mine.contains(item.first);
              });
              list_rows(c, query, {}, rows);
            });
  });
}

}  // namespace

void conversations_list(const call_ptr& c) {
  result<list_query> query = read_query(*c);
  if (!query)
    return c->fail(query.error());
  on_user(c, c->user(), list_request(), [c, query = *query](const wire::user_reply& reply) {
    bool from_catalogue = (query.kinds.publics || query.kinds.privates) &&
                          (!query.after || query.after.kind == id_kind::channel);
    if (from_catalogue)
      return list_catalogue(c, query, by_channel(reply));
    list_query directs = query;
    directs.kinds.publics = directs.kinds.privates = false;
    list_rows(c, directs, {}, by_channel(reply));
  });
}

void users_conversations(const call_ptr& c) {
  result<list_query> query = read_query(*c);
  if (!query)
    return c->fail(query.error());
  entity_id of = c->user();
  if (c->args.has("user")) {
    result<entity_id> asked = user_argument(c->args);
    if (!asked)
      return c->fail(asked.error());
    of = *asked;
  }
  if (of == c->user()) {
    return on_user(c, of, list_request(), [c, query = *query](const wire::user_reply& reply) {
      list_rows(c, query, {}, by_channel(reply));
    });
  }
  auto work = [of](const storage::directory& directory) { return directory.user_by_id(of); };
  on_directory(c, work, [c, query = *query, of](const std::optional<storage::user_row>& found) {
    if (!found || found->team != c->team())
      return c->fail(errc::user_not_found);
    list_of_other(c, query, of);
  });
}

}  // namespace carillon::api
