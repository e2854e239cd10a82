#include "actors/inspect/inspector_actor.hpp"

#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

#include "actors/inspect/inspector_shell.hpp"
#include "actors/inspect/trace_reading.hpp"
#include "actors/slack_text.hpp"
#include "actors/stop_on_exception.hpp"
#include "runtime/wire/json.hpp"
#include "storage/journal.hpp"

namespace carillon {
namespace {

constexpr std::chrono::seconds reading_every{1};
constexpr int ring_tries = 30;  // while nobody leads the meta group
// Far below what a frame may have: a screen is told each second.
constexpr std::size_t live_max_bytes = 256u << 10;

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::chrono::nanoseconds cpu_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto time = [](const timeval& of) {
    return std::chrono::seconds(of.tv_sec) + std::chrono::microseconds(of.tv_usec);
  };
  return time(used.ru_utime) + time(used.ru_stime);
}

edge::http_response json_answer(int status, std::string body) {
  edge::http_response out;
  out.status = status;
  out.body = std::move(body);
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

std::optional<error> error_in(const wire::inspect_reply& reply) {
  if (reply.errc() == 0)
    return std::nullopt;
  return error{static_cast<errc>(reply.errc() - 1), reply.detail()};
}

}  // namespace

edge::http_response inspect_refusal(const error& why) {
  std::string body = R"({"ok":false,"error":)";
  slack::append_string(body, to_string(why.code));
  body += R"(,"detail":)";
  slack::append_string(body, why.detail);
  body += '}';
  auto out = json_answer(status_of(why.code), std::move(body));
  if (out.status == 503)
    out.headers.emplace_back("Retry-After", "1");
  if (out.status == 401)
    out.headers.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

inspector_actor::inspector_actor(caf::actor_config& config, const host_services& host)
    : measured_actor(config, host.metrics, actor_kind::inspector), host_(host), started_(host.now()) {}

caf::behavior inspector_actor::make_behavior() {
  stop_host_on_exception(*this);
  take_reading();
  return {
      [this](begin_inspecting& begin) { parts_ = std::move(begin.parts); },
      [this](const inspect_request_box& asked) {
        auto promise = make_response_promise();
        const bool here = current_sender() && host_.link && current_sender() == host_.link;
        inspect(*asked, here, [promise](wire::inspect_reply reply) mutable {
          promise.deliver(inspect_reply_box(std::move(reply)));
        });
        return promise;
      },
      [this](inspect_call& call) { answer_call(call.what, std::move(call.answer)); },
      [this](marked_call& call) { post_marked(call.what, std::move(call.answer)); },
      [this](const live_opened& view) {
        live_.insert(view.connection);
        show_live();
      },
      [this](const live_closed& view) { live_.erase(view.connection); },
      [](run_later& job) { job.work(); },
  };
}

// ---- who asks ---------------------------------------------------------------------------------

void inspector_actor::inspect(const wire::inspect_request& what, bool here, reply_then then) {
  switch (what.what_case()) {
    case wire::inspect_request::kCluster:
      return look_at_cluster(what.cluster().slots(), [then](wire::cluster_picture picture) {
        wire::inspect_reply reply;
        *reply.mutable_cluster() = std::move(picture);
        then(std::move(reply));
      });
    case wire::inspect_request::kHost:
      return look_at_host(what.host(), [then](wire::host_picture picture) {
        wire::inspect_reply reply;
        *reply.mutable_host() = std::move(picture);
        then(std::move(reply));
      });
    case wire::inspect_request::kEntity:
      return look_around_entity(what.entity(), here, std::move(then));
    case wire::inspect_request::kOperate:
      return carry_out(what.operate(), here, std::move(then));
    case wire::inspect_request::kRing:
      return order_ring(what.ring(), std::move(then), ring_tries);
    case wire::inspect_request::kTop:
      return look_at_top(what.top(), here, [then](wire::top_picture picture) {
        wire::inspect_reply reply;
        *reply.mutable_top() = std::move(picture);
        then(std::move(reply));
      });
    case wire::inspect_request::kTrace:
      return look_at_trace(what.trace(), here, [then](wire::trace_picture picture) {
        wire::inspect_reply reply;
        *reply.mutable_trace() = std::move(picture);
        then(std::move(reply));
      });
    default:
      return then(refusal_of(errc::unknown_method, "this host cannot be asked that"));
  }
}

void inspector_actor::answer_call(const wire::inspect_request& what, edge::responder answer) {
  inspect(what, false, [answer](const wire::inspect_reply& reply) {
    if (auto why = error_in(reply))
      return answer(inspect_refusal(*why));
    answer(json_answer(200, wire::to_json(reply)));
  });
}

// ---- each second ------------------------------------------------------------------------------

void inspector_actor::take_reading() {
  delayed_send(this, reading_every, run_later{[this] {
                 take_reading();
                 show_live();
               }});
  host_reading now;
  now.at = steady_now();
  now.now = host_.now();
  now.posts = host_.posts.load(std::memory_order_relaxed);
  if (parts_.edge) {
    const edge::edge_counters count = parts_.edge();
    now.deliveries = count.deliveries;
    now.requests = count.requests;
    now.messages_in = count.messages_in;
    now.bytes_out = count.bytes_out;
    now.connections = count.connections;
  }
  now.memory_bytes = resident_bytes();
  now.cpu = cpu_time();
  if (host_.journal)
    now.fsync = host_.journal->measured().write_time.read();
  now.post = host_.metrics->of(post_stage::whole).read();
  for (std::size_t kind = 0; kind < actor_kinds; ++kind)
    now.handled[kind] = host_.metrics->handled[kind].read();
  history_.add(std::move(now));
}

// One picture for all who look on, and none while the last one is still being made.
void inspector_actor::show_live() {
  if (live_.empty() || std::exchange(showing_, true))
    return;
  look_at_cluster(false, [this](const wire::cluster_picture& cluster) {
    look_at_top({}, false, [this, cluster](const wire::top_picture& top) {
      showing_ = false;
      auto frame = edge::make_text_frame(live_text(cluster, top, live_max_bytes));
      for (edge::connection_id who : live_)
        host_.outbox->send(who, frame, edge::send_class::transient);
    });
  });
}

caf::actor spawn_inspector(caf::actor_system& system, const host_services& host) {
  return system.spawn<inspector_actor, caf::detached>(std::ref(host));
}

}  // namespace carillon
