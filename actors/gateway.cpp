#include "actors/gateway.hpp"

#include <algorithm>
#include <iterator>

#include <boost/json.hpp>

#include "actors/admission.hpp"
#include "actors/api/api_actor.hpp"
#include "actors/api/arguments.hpp"
#include "actors/api/poll.hpp"
#include "actors/metrics/metrics_page.hpp"
#include "actors/inspect/inspector_actor.hpp"
#include "actors/inspect/routes.hpp"
#include "actors/session/session_actor.hpp"
#include "actors/slack_json.hpp"
#include "runtime/ring/moves.hpp"
#include "runtime/ring/ring_lacks.hpp"
#include "storage/credentials.hpp"

namespace carillon {
namespace {

constexpr std::string_view rtm_prefix = "/rtm/";
constexpr std::string_view api_prefix = "/api/";
constexpr std::string_view console_prefix = "/console";

// A failover leaves some without for a moment; who asks for those waits for it.
constexpr std::uint32_t slots_without_leader_max_percent = 5;

// Calls that one api actor takes before another is worth waking.
constexpr std::size_t calls_at_once_min = 64;

// The page runs only its own scripts and talks only to its own host.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

// An operator's token is worth more than anybody's: nothing that the cluster says can become a script
// there, not even by a mistake of the page, and it talks to nobody but this host.
constexpr std::string_view console_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

edge::http_response json_answer(int status, std::string body) {
  edge::http_response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

edge::http_response refusal_of(const error& why) {
  auto out = json_answer(slack::row_of(why.code).http_status, slack::error_body(why));
  if (out.status == 503 || out.status == 429)
    out.headers.emplace_back("Retry-After", "1");
  return out;
}

// What the edge itself finds wrong, in the words of the Web API.
std::string_view word_for(int status) {
  switch (status) {
    case 400:
      return "bad_request";
    case 404:
      return "not_found";
    case 405:
      return "method_not_allowed";
    case 408:
      return "request_timeout";
    case 411:
      return "length_required";
    case 413:
      return "request_too_large";
    case 426:
      return "upgrade_required";
    case 429:
      return "ratelimited";
    case 431:
      return "headers_too_large";
    case 501:
      return "not_supported";
    case 503:
      return "service_unavailable";
    case 504:
      return "timed_out";
    default:
      return "http_error";
  }
}

}  // namespace

gateway::gateway(caf::actor_system& system, const host_services& host, session_registry& sessions,
                 file_finder files, health_check health)
    : system_(system),
      host_(host),
      sessions_(sessions),
      files_(std::move(files)),
      health_(std::move(health)) {}

void gateway::stop() {
  stopping_.store(true);
  if (room_)
    room_->leave_all();
}

// Where the server is stands in the log, which is for operators.
std::optional<error> gateway::waiting() const {
  if (knows_directory_.load())
    return std::nullopt;
  return make_error(errc::storage_unavailable,
                    "waiting for the directory: its PostgreSQL server is away");
}

// A host that cannot promise anything turns everyone to the others at once: half of what it did would
// be old, and the other half would end at a deadline.
std::optional<error> gateway::closed() const {
  if (stopping_.load())
    return make_error(errc::shutting_down);
  if (host_.health && host_.health->cut_off())
    return make_error(errc::cut_off);
  return waiting();
}

void gateway::set_api_actors(std::vector<caf::actor> actors) {
  // A value, without this gateway: calls that wait may outlive it.
  work_ = [api = std::move(actors),
           next = std::make_shared<std::atomic<std::size_t>>(0)](std::vector<edge::asked_request> calls) {
    const tick_time now = steady_now();
    // A burst is for all of them, so that it keeps no core idle.
    const std::size_t share = std::max(calls_at_once_min, (calls.size() - 1) / api.size() + 1);
    while (!calls.empty()) {
      auto part = std::make_shared<std::vector<edge::asked_request>>();
      if (calls.size() <= share) {
        part->swap(calls);
      } else {
        const auto rest = calls.end() - static_cast<std::ptrdiff_t>(share);
        part->assign(std::make_move_iterator(rest), std::make_move_iterator(calls.end()));
        calls.erase(rest, calls.end());
      }
      const auto turn = next->fetch_add(1, std::memory_order_relaxed);
      caf::anon_send(api[turn % api.size()], api_calls{std::move(part), now});
    }
  };
  open_waiting_room();
}

// Calls go to the api actors together: a message costs as much as what it asks for.
void gateway::on_requests(std::vector<edge::asked_request> all) {
  const auto others = std::stable_partition(all.begin(), all.end(), [](const auto& each) {
    return each.request.path.starts_with(api_prefix);
  });
  for (auto each = others; each != all.end(); ++each)
    on_request(std::move(each->request), std::move(each->answer));
  all.erase(others, all.end());
  if (!all.empty())
    hand_to_api(std::move(all));
}

void gateway::hand_to_api(std::vector<edge::asked_request> calls) {
  if (auto why = closed()) {
    for (auto& each : calls)
      each.answer(refusal_of(*why));
    return;
  }
  turn_away(calls);
  if (!calls.empty())
    work_(std::move(calls));
}

void gateway::on_request(edge::http_request request, edge::responder answer) {
  if (request.path.starts_with(api_prefix)) {
    std::vector<edge::asked_request> one;
    one.push_back({std::move(request), std::move(answer)});
    return hand_to_api(std::move(one));
  }
  if (request.path == "/healthz")
    return answer(health());
  if (request.path.starts_with(inspect_prefix)) {
    if (auto why = waiting())
      return answer(refusal_of(*why));
    return on_inspect(std::move(request), std::move(answer));
  }
  if (request.path == "/readyz")
    return answer(readiness());
  if (request.path == "/metrics")
    return on_metrics(std::move(request), std::move(answer));
  if (request.path.starts_with(rtm_prefix))
    return answer(error_response(426, "this is a WebSocket address"));
  if (request.method != "GET" && request.method != "HEAD")
    return answer(error_response(405, "only /api/ takes other methods than GET"));
  auto file = files_ ? files_(request.path) : std::nullopt;
  if (!file)
    return answer(error_response(404, "there is nothing at this address"));
  edge::http_response out;
  out.content_type = file->content_type;
  out.body = std::string(file->bytes);
  const bool console = request.path.starts_with(console_prefix);
  out.headers.emplace_back("Content-Security-Policy", console ? console_policy : page_policy);
  out.headers.emplace_back("X-Content-Type-Options", "nosniff");
  out.headers.emplace_back("Referrer-Policy", "no-referrer");
  out.headers.emplace_back("Cache-Control", "no-cache");
  answer(std::move(out));
}

std::chrono::milliseconds gateway::patience(const edge::http_request& request) {
  return request.path.starts_with(api_prefix) ? api::poll_patience(request)
                                              : std::chrono::milliseconds(0);
}

namespace {

std::optional<session_resume> resume_of(const edge::http_request& request) {
  auto given = api::arguments::read(request);
  if (!given || !given->has("cursor"))
    return std::nullopt;
  return session_resume{given->text("device"), given->text("cursor"), given->text("seen")};
}

}  // namespace

bool gateway::on_upgrade(const edge::http_request& request, std::shared_ptr<void>& context,
                         edge::http_response& refusal) {
  if (auto why = waiting()) {
    refusal = refusal_of(*why);
    return false;
  }
  if (request.path.starts_with(live_prefix))
    return on_live_upgrade(std::string_view(request.path).substr(live_prefix.size()), refusal);
  if (auto why = closed()) {
    refusal = refusal_of(*why);
    return false;
  }
  if (!request.path.starts_with(rtm_prefix)) {
    refusal = error_response(404, "no WebSocket lives at this address");
    return false;
  }
  auto ticket = storage::read_ticket(std::string_view(request.path).substr(rtm_prefix.size()),
                                     host_.secret_key, host_.now());
  if (!ticket) {
    refusal = refusal_of(make_error(errc::invalid_auth));
    refusal.status = 401;
    return false;
  }
  if (!may_open(request.received, refusal))
    return false;
  context = std::make_shared<session_opening>(session_opening{std::move(*ticket), resume_of(request)});
  return true;
}

void gateway::on_open(edge::connection_id connection, std::shared_ptr<void> context) {
  if (!context)
    return open_live(connection);
  auto& [ticket, resume, held] = *static_cast<session_opening*>(context.get());
  auto user = ticket.user;
  auto team = ticket.team;
  auto hash = ticket.token_hash;
  auto session = spawn_session(system_, host_, connection, std::move(ticket), recall_,
                               std::move(resume));
  sessions_.add(connection, session, user, hash, team, std::move(held));
  begin_session(session);
}

void gateway::on_message(edge::connection_id connection, std::string payload, bool is_text) {
  if (!sessions_.hand_in(connection, std::move(payload), is_text) && !is_live(connection))
    host_.outbox->close(connection, edge::close_code::policy_violation,
                        "more than this host can read");
}

void gateway::ended(edge::connection_id connection, const session_gone& how) {
  auto session = sessions_.find(connection);
  sessions_.remove(connection);
  if (!session)
    return close_live(connection);
  if (!room_ || stopping_.load())
    caf::anon_send(session, how);
  else
    room_->leave([session, how] { caf::anon_send(session, how); });
}

edge::http_response gateway::error_response(int status, std::string_view reason) {
  boost::json::object body{{"ok", false}};
  std::string_view word = word_for(status);
  body["error"] = boost::json::string_view(word.data(), word.size());
  body["detail"] = boost::json::string_view(reason.data(), reason.size());
  auto out = json_answer(status, boost::json::serialize(body));
  if (status == 503 || status == 429)
    out.headers.emplace_back("Retry-After", "1");
  return out;
}

// Ready: clients that come here are better off than elsewhere.
std::optional<error> gateway::not_ready() const {
  if (auto why = health_())
    return why;
  if (stopping_.load())
    return make_error(errc::shutting_down);
  if (host_.health && host_.health->cut_off())
    return make_error(errc::cut_off, "no majority of the ring hosts is heard");
  if (auto why = waiting())
    return why;
  if (host_.ring && intent_of(*host_.ring->now(), host_.self) == wire::HOST_RESTS)
    return make_error(errc::shutting_down, std::string(resting_words));
  return std::nullopt;
}

// Who chooses among several, as the proxy in front does, chooses another while this host is emptied. It
// goes on for those who are here, and for whom nobody else can choose.
std::optional<error> gateway::takes_nobody() const {
  if (auto why = not_ready())
    return why;
  if (host_.ring && intent_of(*host_.ring->now(), host_.self) != wire::HOST_SERVES)
    return make_error(errc::shutting_down, std::string(leaving_words));
  return std::nullopt;
}

// Well: what this host is asked can be done, by it or by another host that it reaches. Slots without
// a leader are no other for clients of other hosts, so they make nobody unready.
std::optional<error> gateway::trouble(std::uint32_t slots_led) const {
  if (auto why = not_ready())
    return why;
  const auto slots = static_cast<std::uint32_t>(host_.slots.size());
  if (host_.where && (slots - slots_led) * 100 > slots * slots_without_leader_max_percent)
    return make_error(errc::not_owner, std::to_string(slots - slots_led) + " of " +
                                           std::to_string(slots) + " slots have no known leader");
  return std::nullopt;
}

std::uint32_t gateway::slots_led() const {
  std::uint32_t led = 0;
  for (slot_id slot = 0; host_.where && slot < host_.slots.size(); ++slot)
    led += host_.where->of(slot).leader != 0;
  return led;
}

host_overview gateway::overview() const {
  if (!host_.ring)
    return {};
  const auto heard = host_.health ? host_.health->heard()
                                  : std::make_shared<const std::vector<std::uint64_t>>();
  return overview_of(*host_.ring->now(), host_.config, host_.self, *heard);
}

std::string gateway::coordination_trouble() const {
  return host_.health ? *host_.health->coordination_trouble() : std::string();
}

edge::http_response gateway::readiness() const {
  const auto why = takes_nobody();
  boost::json::object body{{"ready", !why}};
  if (why)
    body["reason"] = why->describe();
  // It keeps nobody from chatting here.
  if (const std::string trouble = coordination_trouble(); !trouble.empty())
    body["coordination"] = trouble;
  auto out = json_answer(why ? 503 : 200, boost::json::serialize(body));
  if (why)
    out.headers.emplace_back("Retry-After", "1");
  return out;
}

// On a thread of its own: a scrape answers whatever hangs, and keeps no I/O thread from its sockets.
void gateway::on_metrics(edge::http_request request, edge::responder answer) {
  if (request.method != "GET" && request.method != "HEAD")
    return answer(error_response(405, "metrics are read"));
  if (auto why = waiting())
    return answer(refusal_of(*why));
  if (status may = check_operator(request, host_.admin_token_hash); !may)
    return answer(inspect_refusal(may.error()));
  system_.spawn<caf::detached>([this, answer = std::move(answer)] { answer(metrics()); });
}

edge::http_response gateway::metrics() const {
  const host_overview cluster = overview();
  metrics_sources from;
  if (edge_)
    from.edge = edge_();
  from.sessions = sessions_.size();
  from.process = read_process_use();
  from.ready = !takes_nobody();
  from.healthy = !trouble(slots_led());
  from.ring_hosts = cluster.hosts_in_cluster;
  from.hosts_configured = cluster.hosts_configured;
  from.copies = cluster.copies;
  from.copies_wanted = cluster.copies_wanted;
  from.now = steady_now();
  edge::http_response out;
  out.content_type = metrics_content_type;
  out.body = to_text(collect_metrics(host_, from));
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

edge::http_response gateway::health() const {
  const auto slots = static_cast<std::uint32_t>(host_.slots.size());
  const std::uint32_t led = slots_led();
  boost::json::array led_here;
  for (slot_id slot = 0; host_.where && slot < slots; ++slot)
    if (host_.where->of(slot).leader == host_.self)
      led_here.push_back(slot);
  const auto why = trouble(led);
  boost::json::object body{{"ok", !why}};
  if (why)
    body["reason"] = why->describe();
  body["slots"] = slots;
  body["sessions"] = sessions_.size();
  if (host_.door)
    if (auto words = host_.door->turned_away(steady_now()); !words.empty())
      body["turned_away"] = boost::json::array(words.begin(), words.end());
  body["posts"] = host_.posts.load(std::memory_order_relaxed);
  if (edge_)
    body["deliveries"] = edge_().deliveries;
  if (host_.ring && host_.where) {
    const auto view = host_.ring->now();
    body["host"] = host_.config.host.name;
    body["generation"] = view->generation();
    body["leads"] = std::move(led_here);
    body["slots_led"] = led;
    const host_overview cluster = overview();
    boost::json::array peers, former;
    for (const auto& peer : cluster.peers)
      peers.push_back(boost::json::object{{"host", peer.name}, {"heard", peer.heard}});
    for (const std::string& name : cluster.former_disks)
      former.push_back(boost::json::object{{"host", name}});
    body["peers"] = std::move(peers);
    if (!former.empty())
      body["former_disks"] = std::move(former);
    body["hosts_configured"] = cluster.hosts_configured;
    body["hosts_in_cluster"] = cluster.hosts_in_cluster;
    body["copies"] = cluster.copies;
    body["copies_wanted"] = cluster.copies_wanted;
    if (const std::string warning = cluster.shortfall(); !warning.empty())
      body["warning"] = warning;
    if (const std::string trouble = coordination_trouble(); !trouble.empty())
      body["coordination"] = trouble;
  }
  auto out = json_answer(why ? 503 : 200, boost::json::serialize(body));
  if (why)
    out.headers.emplace_back("Retry-After", "1");
  return out;
}

}  // namespace carillon
