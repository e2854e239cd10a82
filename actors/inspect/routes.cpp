#include "actors/inspect/routes.hpp"

#include <charconv>

#include "actors/inspect/entity_name.hpp"
#include "runtime/base/form_text.hpp"
#include "runtime/base/trace.hpp"
#include "runtime/wire/json.hpp"
#include "storage/credentials.hpp"

namespace carillon {
namespace {

constexpr std::uint32_t tail_max = 100;  // messages; more are history's business
constexpr std::uint32_t limit_max = 100;
constexpr std::uint32_t awake_max_seconds = 24 * 3'600;

// The first argument of that name; empty when absent.
class query {
public:
  explicit query(std::string_view raw) : raw_(raw) {}

  std::string text(std::string_view name) const {
    for (std::string_view rest = raw_; !rest.empty();) {
      std::string_view pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
      if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
        return form_decoded(pair.substr(name.size() + 1));
    }
    return {};
  }
  bool flag(std::string_view name) const {
    const std::string said = text(name);
    return said == "1" || said == "true";
  }
  // Absent: 0. More than `most`: `most`.
  result<std::uint32_t> number(std::string_view name, std::uint32_t most) const {
    const std::string said = text(name);
    if (said.empty())
      return 0u;
    std::uint64_t out = 0;
    auto [end, problem] = std::from_chars(said.data(), said.data() + said.size(), out);
    if (problem != std::errc() || end != said.data() + said.size())
      return make_error(errc::invalid_arguments, std::string(name));
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(out, most));
  }

private:
  std::string_view raw_;
};

result<inspect_route> read_entity(const query& asked) {
  auto name = parse_entity_name(asked.text("name"));
  if (!name)
    return name.error();
  auto tail = asked.number("tail", tail_max);
  if (!tail)
    return tail.error();
  wire::inspect_request out;
  out.mutable_entity()->set_name(name->text());
  out.mutable_entity()->set_tail(*tail);
  out.mutable_entity()->set_with_text(asked.flag("text"));
  return inspect_route(std::move(out));
}

result<inspect_route> read_operate(const query& asked, const std::string& body) {
  wire::inspect_request out;
  wire::operate& what = *out.mutable_operate();
  if (!body.empty() && !wire::from_json(body, what))
    return make_error(errc::invalid_arguments,
                      R"(the body is {"entity":"channel/C…","what":"KEEP_AWAKE","seconds":60})");
  if (std::string entity = asked.text("entity"); !entity.empty())
    what.set_entity(std::move(entity));
  if (const std::string action = asked.text("what"); !action.empty()) {
    wire::operate::action named = wire::operate::NOTHING;
    std::string upper;
    for (char c : action)
      upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    (void)wire::operate::action_Parse(upper, &named);
    what.set_what(named);
  }
  auto seconds = asked.number("seconds", awake_max_seconds);
  if (!seconds)
    return seconds.error();
  if (*seconds > 0)
    what.set_seconds(*seconds);
  auto name = parse_entity_name(what.entity());
  if (!name || (name->what != entity_name::sort::channel && name->what != entity_name::sort::user))
    return make_error(errc::invalid_arguments, "entity is channel/C…, channel/#NAME, user/U… or user/@NAME");
  what.set_entity(name->text());
  if (what.what() == wire::operate::NOTHING || !wire::operate::action_IsValid(what.what()))
    return make_error(errc::invalid_arguments, "what is KEEP_AWAKE, LET_REST or STOP");
  if (what.what() == wire::operate::KEEP_AWAKE && what.seconds() == 0)
    return make_error(errc::invalid_arguments, "seconds");
  what.set_seconds(std::min(what.seconds(), awake_max_seconds));
  return inspect_route(std::move(out));
}

result<inspect_route> read_marked_post(const query& asked) {
  auto channel = parse_entity_name(asked.text("channel"));
  if (!channel || channel->what != entity_name::sort::channel)
    return make_error(errc::invalid_arguments, "channel is C… or #NAME");
  marked_post out{channel->text(), asked.text("text"), asked.text("as_user")};
  if (out.text.empty())
    return make_error(errc::invalid_arguments, "text");
  return inspect_route(std::move(out));
}

}  // namespace

status check_operator(const edge::http_request& request, const std::string& admin_token_hash) {
  constexpr std::string_view scheme = "Bearer ";
  if (!std::string_view(request.authorization).starts_with(scheme))
    return errc::not_authed;
  const std::string hash =
      storage::token_hash(std::string_view(request.authorization).substr(scheme.size()));
  if (admin_token_hash.empty() || hash.size() != admin_token_hash.size())
    return errc::not_allowed;
  unsigned char differs = 0;  // hashes tell little, but nothing is less
  for (std::size_t i = 0; i < hash.size(); ++i)
    differs |= static_cast<unsigned char>(hash[i] ^ admin_token_hash[i]);
  if (differs != 0)
    return errc::not_allowed;
  return ok;
}

result<inspect_route> read_route(const edge::http_request& request) {
  const std::string_view what = std::string_view(request.path).substr(inspect_prefix.size());
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  const query asked(request.query);
  wire::inspect_request out;
  const bool known = what == "cluster" || what == "host" || what == "entity" || what == "top" ||
                     what == "trace" || what == "operate" || what == "ring" || what == "ticket";
  if (!known)
    return make_error(errc::not_found, "there is nothing at this address");
  if (what == "operate" || what == "ticket" ? !post : what == "trace" || what == "ring" ? !get && !post : !get)
    return make_error(errc::unknown_method, "this address takes another method");
  if (what == "cluster") {
    out.mutable_cluster()->set_slots(asked.flag("slots"));
    return inspect_route(std::move(out));
  }
  if (what == "host") {
    out.mutable_host()->set_slots(asked.flag("slots"));
    out.mutable_host()->set_history(asked.flag("history"));
    return inspect_route(std::move(out));
  }
  if (what == "ring") {
    if (post && (!wire::from_json(request.body, *out.mutable_ring()) || !out.ring().has_command()))
      return make_error(errc::invalid_arguments,
                        R"(the body is {"command":{"host":{"host":"ann","intent":"HOST_DRAINS"}}})");
    out.mutable_ring();
    return inspect_route(std::move(out));
  }
  if (what == "entity")
    return read_entity(asked);
  if (what == "top") {
    auto limit = asked.number("limit", limit_max);
    if (!limit)
      return limit.error();
    out.mutable_top()->set_limit(*limit);
    return inspect_route(std::move(out));
  }
  if (what == "operate")
    return read_operate(asked, request.body);
  if (what == "ticket")
    return inspect_route(wanted_ticket{});
  if (post)
    return read_marked_post(asked);
  auto trace = parse_trace_text(asked.text("id"));
  if (!trace)
    return make_error(errc::invalid_arguments, "id is 32 hexadecimal digits");
  out.mutable_trace()->set_trace(*trace);
  return inspect_route(std::move(out));
}

int status_of(errc why) {
  switch (why) {
    case errc::not_authed:
      return 401;
    case errc::not_allowed:
      return 403;
    case errc::not_found:
    case errc::channel_not_found:
    case errc::user_not_found:
      return 404;
    case errc::unknown_method:
      return 405;
    case errc::overloaded:
    case errc::not_owner:
    case errc::shutting_down:
    case errc::cut_off:
    case errc::storage_unavailable:
      return 503;
    case errc::timed_out:
      return 504;
    case errc::internal_error:
    case errc::corrupt_record:
    case errc::io_error:
      return 500;
    default:
      return 400;
  }
}

}  // namespace carillon
