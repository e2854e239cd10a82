// The gateway's way to the inspector: /inspect/ for operators, also while nobody else is let in.
#include "actors/gateway.hpp"
#include "actors/inspect/inspector_actor.hpp"
#include "storage/credentials.hpp"

namespace carillon {
namespace {

// Each costs a picture of the cluster per second, made once for all, and its bytes.
constexpr std::size_t live_max = 8;
constexpr timestamp ticket_time = 60'000'000;

// Of its own, so that a ticket for one kind of WebSocket opens no other.
std::string live_key(const host_services& host) {
  return storage::token_hash("inspect/live " + host.secret_key);
}

}  // namespace

void gateway::on_inspect(edge::http_request request, edge::responder answer) {
  if (status may = check_operator(request, host_.admin_token_hash); !may)
    return answer(inspect_refusal(may.error()));
  if (request.path.starts_with(live_prefix))
    return answer(error_response(426, "this is a WebSocket address"));
  auto route = read_route(request);
  if (!route)
    return answer(inspect_refusal(route.error()));
  if (std::holds_alternative<wanted_ticket>(*route))
    return answer(live_ticket());
  if (auto* what = std::get_if<wire::inspect_request>(&*route))
    caf::anon_send(host_.inspector, inspect_call{std::move(*what), std::move(answer)});
  else
    caf::anon_send(host_.inspector,
                   marked_call{std::get<marked_post>(std::move(*route)), std::move(answer)});
}

edge::http_response gateway::live_ticket() const {
  const std::string text = storage::make_ticket(
      {.user = {}, .team = {}, .token_hash = host_.admin_token_hash, .expires = host_.now() + ticket_time},
      live_key(host_));
  edge::http_response out;
  out.body = R"({"ok":true,"ticket":")";
  out.body += text;
  out.body += R"(","path":")";
  out.body += live_prefix;
  out.body += text;
  out.body += R"("})";
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

bool gateway::on_live_upgrade(std::string_view ticket, edge::http_response& refusal) const {
  error why;
  if (!storage::read_ticket(ticket, live_key(host_), host_.now()))
    why = make_error(errc::not_authed, "the ticket is not ours, or its minute is over");
  else if (stopping_.load())
    why = make_error(errc::shutting_down);
  else if (std::lock_guard lock(live_mutex_); live_.size() >= live_max)
    why = make_error(errc::overloaded, "others look on already");
  else
    return true;
  refusal = inspect_refusal(why);
  return false;
}

bool gateway::is_live(edge::connection_id connection) const {
  std::lock_guard lock(live_mutex_);
  return live_.contains(connection);
}

void gateway::open_live(edge::connection_id connection) {
  {
    std::lock_guard lock(live_mutex_);
    live_.insert(connection);
  }
  caf::anon_send(host_.inspector, live_opened{connection});
}

void gateway::close_live(edge::connection_id connection) {
  {
    std::lock_guard lock(live_mutex_);
    if (live_.erase(connection) == 0)
      return;
  }
  caf::anon_send(host_.inspector, live_closed{connection});
}

}  // namespace carillon
