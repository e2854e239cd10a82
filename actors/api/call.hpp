// One Web API call on its way: what was asked, by whom, and the answer it is owed. Every handler
// takes a call_ptr, captures it in each step it waits for, and ends in exactly one of ok, ok_text,
// fail. Lives in the context of one api actor; api_shared is for all of them.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <caf/all.hpp>

#include "actors/admission.hpp"
#include "actors/api/access.hpp"
#include "actors/api/answering_actor.hpp"
#include "actors/api/arguments.hpp"
#include "actors/api/token_cache.hpp"
#include "actors/api/wait_places.hpp"
#include "actors/ask_watch.hpp"
#include "actors/host_services.hpp"
#include "actors/rate_bucket.hpp"

namespace carillon::api {

struct method;

// Thread-safe.
struct api_shared {
  api_shared();

  token_cache tokens;
  wait_places waits;
  const access_ptr host_admin = access::host_admin();
};

using api_self = caf::stateful_actor<ask_watch, answering_actor>;

class call {
public:
  call(api_self* self, const host_services& host, std::shared_ptr<api_shared> shared,
       edge::http_request&& request, edge::responder&& answer);

  api_self* const self;
  const host_services& host;
  const std::shared_ptr<api_shared> keep_shared;
  api_shared& shared;
  edge::http_request request;
  arguments args;
  access_ptr who;                // null for methods without sign-in
  const method* what = nullptr;  // null until it is found
  call_pass pass;                // while it counts as in progress
  rate_state rate;               // the bucket that the answer's X-RateLimit-* tell of; limit 0: none
  // Which request this is, for the answer's header, for logs and for every host that it comes to.
  // `sampled`: its steps are written down.
  trace_context trace;

  // -- who asks --
  entity_id user() const { return who->user().id; }
  entity_id team() const { return who->user().team; }
  wire::caller caller() const;
  // The client may ask for its request to be followed; a host does that for some of those it knows.
  void admit_mark();
  void mark();

  // -- answering --
  // {"ok":true, fields...}
  void ok(boost::json::object fields = {});
  // A whole body, already JSON on one line.
  void ok_text(std::string body);
  // An event stream, whose session begins with this (actors/session_opening.hpp).
  void ok_stream(std::shared_ptr<void> opening, edge::event_marker marks);
  void fail(const error& why);
  void fail(errc why) { fail(make_error(why)); }
  // 429 or 503 with this Retry-After.
  void fail_later(errc why, std::uint32_t seconds);
  // `rate` refused it: 429.
  void fail_limited();
  // Outside the table of errors: what HTTP itself refuses.
  void refuse_http(int status, std::string_view word,
                   std::initializer_list<std::pair<std::string, std::string>> headers);
  void unknown_method(std::string_view name);

private:
  void send(int status, std::string body, std::uint32_t retry_after = 0);
  void count_refusal(errc why) const;
  void give(edge::http_response out);

  edge::responder answer_;
  bool wants_mark_ = false;
};
using call_ptr = std::shared_ptr<call>;

// By which clients reach this host: "http://host:port", no slash at the end. From settings or node,
// else from the Host header, with our port added where the client left it out (SLACK.md 2h).
std::string base_url(const call& c);

wire::caller caller_of(const storage::user_row& user);

// Tells every session of the user's team: user_change or team_join.
void announce_user(const call& c, std::string_view type, const storage::user_row& user);

}  // namespace carillon::api
