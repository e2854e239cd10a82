#include "actors/api/call.hpp"

#include <algorithm>

#include "actors/api/method_table.hpp"
#include "actors/api/text_rules.hpp"
#include "actors/notify.hpp"
#include "actors/rate_limits.hpp"
#include "actors/slack_json.hpp"
#include "actors/slack_text.hpp"
#include "actors/trace_notes.hpp"
#include "runtime/base/logging.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::size_t cached_tokens_max = 100'000;  // about 1 KB each
constexpr std::chrono::seconds cached_token_life{60};

bool is_host_text(std::string_view host) {
  return !host.empty() && host.size() <= 255 &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']' ||
                  c == '_';
         });
}

bool names_port(std::string_view host) {
  std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos)
    return false;
  std::size_t bracket = host.rfind(']');  // an IPv6 address has colons of its own
  return bracket == std::string_view::npos || colon > bracket;
}

void add_rate_headers(const rate_state& rate, edge::http_response& out) {
  out.headers.emplace_back("X-RateLimit-Limit", std::to_string(rate.limit));
  out.headers.emplace_back("X-RateLimit-Remaining", std::to_string(rate.remaining));
  out.headers.emplace_back("X-RateLimit-Reset", std::to_string(rate.reset));
  out.headers.emplace_back("X-RateLimit-Scope", to_string(rate.scope));
}

}  // namespace

api_shared::api_shared() : tokens(cached_tokens_max, cached_token_life) {}

call::call(api_self* self, const host_services& host,
           std::shared_ptr<api_shared> shared_state, edge::http_request&& asked,
           edge::responder&& answer)
    : self(self), host(host), keep_shared(std::move(shared_state)), shared(*keep_shared),
      request(std::move(asked)), trace(next_trace(false)), answer_(std::move(answer)) {
  if (request.traceparent.empty())
    return;
  if (auto given = parse_traceparent(request.traceparent)) {
    trace.trace = std::move(given->trace);
    wants_mark_ = given->sampled;
  }
}

wire::caller call::caller() const {
  wire::caller out = caller_of(who->user());
  out.set_trace(trace.trace);
  out.set_traced(trace.sampled);
  return out;
}

void call::admit_mark() {
  if (wants_mark_ && host.traces && host.traces->admit(steady_now()))
    mark();
}

void call::mark() {
  trace.sampled = true;
  note_step(host, {.trace = trace.trace,
                   .step = trace_step::received,
                   .at = request.received != tick_time{} ? wall_time_of(request.received) : 0,
                   .detail = what ? std::string(what->name) : std::string()});
}

void call::send(int status, std::string body, std::uint32_t retry_after) {
  edge::http_response out;
  out.status = status;
  out.body = std::move(body);
  out.headers.reserve(8);
  if (retry_after != 0)
    out.headers.emplace_back("Retry-After", std::to_string(retry_after));
  if (rate.limit != 0)
    add_rate_headers(rate, out);
  if (who && what) {
    out.headers.emplace_back("x-oauth-scopes", who->scopes() == "*" ? all_scopes() : who->scopes());
    if (!what->scope.empty())
      out.headers.emplace_back("x-accepted-oauth-scopes", what->scope);
  }
  give(std::move(out));
}

void call::give(edge::http_response out) {
  host.metrics->calls.add();
  out.headers.emplace_back("traceparent", format_traceparent(trace));
  out.may_wait = self->has_more_at_hand();
  if (trace.sampled) [[unlikely]]
    note_step(host, trace.trace, trace_step::replied, fmt::format("HTTP {}", out.status));
  pass = call_pass();  // who has the answer may ask the next
  answer_(std::move(out));
}

void call::ok(json::object fields) {
  std::string body = "{\"ok\":true";
  if (!fields.empty()) {
    std::string rest = json::serialize(fields);
    body += ',';
    body.append(rest, 1, std::string::npos);
  } else {
    body += '}';
  }
  send(200, std::move(body));
}

void call::ok_text(std::string body) {
  send(200, std::move(body));
}

void call::ok_stream(std::shared_ptr<void> opening, edge::event_marker marks) {
  edge::http_response out;
  out.event_stream = true;
  out.context = std::move(opening);
  out.marks = std::move(marks);
  out.headers.reserve(8);
  if (rate.limit != 0)
    add_rate_headers(rate, out);
  out.headers.emplace_back("X-Accel-Buffering", "no");  // or nginx in front would gather what is live
  give(std::move(out));
}

void call::fail(const error& why) {
  // Any other limit was asked before: it is the channel that takes no more posts for now.
  if (why.code == errc::ratelimited && what && what->rate == tier::post && host.rates)
    if (const rate_state channel = host.rates->channel_refused(); channel.limit != 0) {
      rate = channel;
      return fail_limited();
    }
  count_refusal(why.code);
  int status = slack::row_of(why.code).http_status;
  const bool broken = status == 500 || why.code == errc::corrupt_record;
  if (const log_level level = broken ? log_level::error : log_level::debug; log_enabled(level))
    log_of(level, "api", trace_text(trace.trace), "{} {}: {}", what ? what->name : "a call",
           broken ? "failed" : "is refused", why.describe());
  // Waiting clients come back spread over three seconds: the microseconds of now are chance enough.
  std::uint32_t wait = 1 + static_cast<std::uint32_t>(host.now() % 3);
  send(status, slack::error_body(why), status == 429 || status == 503 ? wait : 0);
}

void call::count_refusal(errc why) const {
  host.metrics->calls_refused.add();
  host.metrics->overloaded.add(why == errc::overloaded);
  host.metrics->posts_refused.add(what &&
                                  (what->name == "chat.postMessage" || what->name == "chat.meMessage"));
}

void call::fail_later(errc why, std::uint32_t seconds) {
  count_refusal(why);
  send(slack::row_of(why).http_status, slack::error_body(make_error(why)), seconds);
}

void call::fail_limited() {
  if (log_enabled(log_level::debug))
    log_of(log_level::debug, "api", trace_text(trace.trace),
           "{} is refused: the {}'s {} calls are used up, again in {} s", what->name,
           to_string(rate.scope), rate.limit, rate.retry_after);
  fail_later(errc::ratelimited, rate.retry_after);
}

void call::refuse_http(int status, std::string_view word,
                       std::initializer_list<std::pair<std::string, std::string>> headers) {
  edge::http_response out;
  out.status = status;
  out.body = "{\"ok\":false,\"error\":\"" + std::string(word) + "\"}";
  out.headers = headers;
  give(std::move(out));
}

void call::unknown_method(std::string_view name) {
  std::string body;
  slack::object_text text(body);
  text.boolean("ok", false);
  text.string("error", slack::row_of(errc::unknown_method).slack);
  text.string("req_method", printable(name));
  text.close();
  send(200, std::move(body));
}

std::string base_url(const call& c) {
  if (!c.host.public_url.empty())
    return c.host.public_url;
  std::string name = is_host_text(c.request.host) ? c.request.host : "127.0.0.1";
  if (!names_port(name))
    name += ':' + std::to_string(c.host.port);
  return "http://" + name;
}

wire::caller caller_of(const storage::user_row& user) {
  wire::caller out;
  out.set_team_id(user.team.text());
  out.set_user_id(user.id.text());
  if (user.bot)
    out.set_bot_id(user.bot_id.text());
  out.set_admin(user.admin || user.owner);
  return out;
}

void announce_user(const call& c, std::string_view type, const storage::user_row& user) {
  notification notice;
  notice.to = notification::audience::team;
  notice.id = user.team;
  notice.json = slack::user_event(type, slack::user_json(user), c.host.now());
  notify_hubs(c.self, c.host, std::move(notice));
}

}  // namespace carillon::api
