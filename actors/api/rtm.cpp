// rtm.connect, rtm.start. The ticket stands in the URL's path, because slack-go rewrites the query
// (SLACK.md 2h), and is checked without storage when the socket comes.
#include "actors/api/conversation.hpp"
#include "actors/api/device_name.hpp"
#include "actors/api/gateway_url.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/sync.hpp"
#include "actors/api/text_rules.hpp"
#include "storage/credentials.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

// What the client was told before: the socket's URL carries it (session_actor.hpp, session_resume).
std::string resume_query(const call& c) {
  std::string out;
  for (const std::string_view name : {"device", "cursor", "seen"})
    if (c.args.has(name)) {
      out += out.empty() ? '?' : '&';
      out += name;
      out += '=';
      append_percent_encoded(out, c.args.text(name));
    }
  return out;
}

std::string socket_path(const call& c) {
  const storage::principal& who = c.who->who();
  storage::ticket ticket;
  ticket.user = who.user.id;
  ticket.team = who.user.team;
  ticket.token_hash = who.token.hash;
  ticket.expires = c.host.now() + timestamp{c.host.config.directory.ticket_seconds} * 1'000'000;
  return "/rtm/" + storage::make_ticket(ticket, c.host.secret_key) + resume_query(c);
}

// Of a request's head, for what else the client says in it: one in so many.
constexpr std::size_t share_of_other_headers = 4;

status check_resume(const call& c) {
  if (c.args.has("device") && !is_device_name(c.args.text("device")))
    return make_error(errc::invalid_arguments, std::string(device_name_rule));
  if (c.args.has("cursor"))
    if (auto request = read_sync_request(c); !request)
      return request.error();
  const std::size_t head = c.host.config.edge.header_max_bytes;
  const std::size_t most = head - head / share_of_other_headers;
  const std::size_t size = socket_path(c).size();
  if (size > most)
    return make_error(errc::invalid_arguments,
                      "cursor and seen make an address of " + std::to_string(size) + " bytes, and at most " +
                          std::to_string(most) + " fit: post them to carillon.sync until there is no more, and "
                          "connect with its cursor; if that is too long too, poll, or connect without");
  return ok;
}

json::object connection_json(const call& c) {
  const storage::principal& who = c.who->who();
  const std::string socket = "ws" + gateway_url(c).substr(4);  // http -> ws, https -> wss
  return {{"url", socket + socket_path(c)},
          {"self", json::object{{"id", who.user.id.text()}, {"name", who.user.name}}},
          {"team", json::object{{"id", who.user.team.text()},
                                {"name", who.team_name},
                                {"domain", who.team_domain}}}};
}

struct start_lists {
  std::vector<storage::user_row> users;
  std::vector<storage::channel_row> channels;
};

}  // namespace

void rtm_connect(const call_ptr& c) {
  if (auto good = check_resume(*c); !good)
    return refuse_sync(c, good.error());
  c->ok(connection_json(*c));
}

// The old start with lists: the first page of each, since rtm-api 7 reads none of them.
void rtm_start(const call_ptr& c) {
  if (auto good = check_resume(*c); !good)
    return refuse_sync(c, good.error());
  storage::directory::channel_query query;
  query.team = c->team();
  query.limit = c->host.config.limits.page_max;
  auto work = [query](const storage::directory& directory) -> result<start_lists> {
    auto users = directory.list_users(query.team, {}, query.limit);
    if (!users)
      return users.error();
    auto channels = directory.list_channels(query);
    if (!channels)
      return channels.error();
    return start_lists{std::move(users->rows), std::move(channels->rows)};
  };
  on_directory(c, work, [c](const start_lists& lists) {
    json::array users;
    json::array bots;
    for (const storage::user_row& user : lists.users) {
      users.push_back(slack::user_json(user));
      if (user.bot)
        bots.push_back(slack::bot_json(user));
    }
    json::array channels;
    for (const storage::channel_row& row : lists.channels) {
      wire::channel_facts facts;
      if (!row.reserved && facts.ParseFromString(row.facts))
        channels.push_back(slack::channel_json(facts, {}));
    }
    json::object out = connection_json(*c);
    out["users"] = std::move(users);
    out["bots"] = std::move(bots);
    out["channels"] = std::move(channels);
    out["groups"] = json::array();
    out["ims"] = json::array();
    out["mpims"] = json::array();
    c->ok(std::move(out));
  });
}

}  // namespace carillon::api
