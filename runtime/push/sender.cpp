#include "runtime/push/sender.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/random.hpp"
#include "runtime/push/apns.hpp"
#include "runtime/push/base64url.hpp"
#include "runtime/push/credentials.hpp"
#include "runtime/push/fcm.hpp"
#include "runtime/push/http_client.hpp"
#include "runtime/push/web_push.hpp"
#include "runtime/push/web_push_encryption.hpp"
#include "runtime/push/webhook.hpp"

namespace carillon::push {
namespace {

// One push on its way. Shared, since callbacks are copied; nobody else has it.
struct errand {
  push_message what;
  outcome_then then;
  tick_time begun{};
  bool renewed = false;  // its provider token was made anew on its account
  std::string access{};  // fcm: the access token that it was sent with
};
using errand_ptr = std::shared_ptr<errand>;

push_outcome fate_alone(push_fate fate, std::string reason) {
  push_outcome out;
  out.fate = fate;
  out.reason = std::move(reason);
  return out;
}

// Of an exchange that brought no answer.
push_outcome unanswered(const exchange_end& how) {
  switch (how.end) {
  case exchange_end::how::no_answer:
    return fate_alone(push_fate::no_answer, how.reason);
  case exchange_end::how::address_refused:
    return fate_alone(push_fate::refused, how.reason);
  default:
    return fate_alone(push_fate::try_again, how.reason);
  }
}

}  // namespace

struct sender::impl {
  impl(const settings::push_settings& given, credentials&& read)
      : config(given), own(std::move(read)),
        apns(own.apns_key ? std::make_optional<apns_token>(std::move(*own.apns_key), given.apns.key_id, given.apns.team_id)
                          : std::nullopt),
        vapid_public(own.vapid_key ? base64url(own.vapid_key->public_point()) : "") {}

  bool speaks(provider which) const {
    switch (which) {
    case provider::apns:
      return apns.has_value();
    case provider::fcm:
      return own.fcm.has_value();
    case provider::web_push:
      return own.vapid_key.has_value();
    case provider::webhook:
      break;
    }
    return !own.hook_secret.empty();
  }

  // -- on the client's thread --
  void begin(errand_ptr of);
  void send_apns(errand_ptr of);
  void send_fcm(errand_ptr of);
  void ask_fcm(errand_ptr of);  // with the access that there is
  void send_web(errand_ptr of);
  void send_hook(errand_ptr of);
  void fetch_access();
  void ask(errand_ptr of, std::optional<http_request> request, push_outcome (*read)(const http_answer&));
  void finish(errand& of, push_outcome how);

  const settings::push_settings config;
  credentials own;
  std::optional<apns_token> apns;
  const std::string vapid_public;
  access_token access;                   // FCM's
  bool fetching = false;                 // it is on its way
  std::vector<errand_ptr> without_access;  // pushes that wait for it

  std::mutex mutex;  // of what follows, down to `client`
  std::condition_variable ended;
  bool stopping = false;
  std::array<counts, provider_count> counted{};
  std::size_t under_way = 0;

  std::unique_ptr<http_client> client;  // last: its thread uses the others
};

// -- on the client's thread -----------------------------------------------------------------------

void sender::impl::finish(errand& of, push_outcome how) {
  how.took = std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - of.begun);
  {
    std::lock_guard hold(mutex);
    counts& of_provider = counted[static_cast<std::size_t>(of.what.to.via)];
    ++of_provider.fates[static_cast<std::size_t>(how.fate)];
    --of_provider.under_way;
    if (--under_way == 0)
      ended.notify_all();
  }
  of.then(std::move(how));
}

void sender::impl::begin(errand_ptr of) {
  if (!speaks(of->what.to.via))
    return finish(*of, fate_alone(push_fate::credentials_refused,
                                  std::string(to_string(of->what.to.via)) + " is not in the settings"));
  if (const status good = check_destination(of->what.to); !good)
    return finish(*of, fate_alone(push_fate::refused, good.error().detail));
  switch (of->what.to.via) {
  case provider::apns:
    return send_apns(std::move(of));
  case provider::fcm:
    return send_fcm(std::move(of));
  case provider::web_push:
    return send_web(std::move(of));
  case provider::webhook:
    return send_hook(std::move(of));
  }
}

void sender::impl::ask(errand_ptr of, std::optional<http_request> request,
                       push_outcome (*read)(const http_answer&)) {
  if (!request)
    return finish(*of, fate_alone(push_fate::refused, "too large without any text"));
  const bool public_only = of->what.to.via == provider::web_push && !config.allow_private_endpoints;
  client->exchange(std::move(*request), public_only, [this, of, read](exchange_end how) {
    if (how.end != exchange_end::how::answered)
      return finish(*of, unanswered(how));
    // Once each: whoever is refused with a new token is refused for good.
    if (!of->renewed && of->what.to.via == provider::apns && apns_token_expired(how.answer) && apns->renew(wall_now())) {
      of->renewed = true;
      return send_apns(of);
    }
    if (!of->renewed && of->what.to.via == provider::fcm && fcm_token_refused(how.answer)) {
      of->renewed = true;
      if (of->access == access.text)  // else another push has seen to it already
        access = {};
      return send_fcm(of);
    }
    finish(*of, read(how.answer));
  });
}

void sender::impl::send_apns(errand_ptr of) {
  const timestamp now = wall_now();
  auto request = apns_request(of->what, config.apns.url, config.apns.topic, apns->at(now), now);
  ask(std::move(of), std::move(request), &apns_outcome);
}

void sender::impl::send_hook(errand_ptr of) {
  auto request = webhook_request(of->what, config.webhook.url, own.hook_secret, wall_now());
  ask(std::move(of), std::move(request), &webhook_outcome);
}

void sender::impl::send_web(errand_ptr of) {
  auto request = web_push_request(of->what, {*own.vapid_key, config.web.subject}, private_key::new_p256(),
                                  random_bytes(salt_bytes), wall_now());
  if (!request)
    return finish(*of, fate_alone(push_fate::refused, request.error().detail));
  ask(std::move(of), std::move(*request), &web_push_outcome);
}

void sender::impl::send_fcm(errand_ptr of) {
  if (access.good(wall_now()))
    return ask_fcm(std::move(of));
  without_access.push_back(std::move(of));
  if (!fetching)
    fetch_access();
}

void sender::impl::ask_fcm(errand_ptr of) {
  of->access = access.text;
  auto request = fcm_request(of->what, config.fcm.url, own.fcm->project, access.text);
  ask(std::move(of), std::move(request), &fcm_outcome);
}

void sender::impl::fetch_access() {
  fetching = true;
  client->exchange(access_token_request(*own.fcm, wall_now()), false, [this](exchange_end how) {
    fetching = false;
    const auto given = how.end == exchange_end::how::answered ? access_token_in(how.answer, wall_now()) : std::nullopt;
    auto waiting = std::exchange(without_access, {});
    if (given) {
      access = *given;
      // Straight on, and not by send_fcm: a token that is over at once would be fetched for ever.
      for (errand_ptr& each : waiting)
        ask_fcm(std::move(each));
      return;
    }
    push_outcome why;
    if (how.end == exchange_end::how::answered)
      why = access_refusal(how.answer);
    else  // whether that question arrived or not: the push did not
      why = fate_alone(push_fate::try_again, "access token: " + how.reason);
    for (errand_ptr& each : waiting)
      finish(*each, why);
  });
}

// -- any thread -----------------------------------------------------------------------------------

sender::sender(std::unique_ptr<impl> parts) : impl_(std::move(parts)) {}

sender::~sender() {
  stop(std::chrono::milliseconds(0));
}

result<std::unique_ptr<sender>> sender::start(const settings::push_settings& config) {
  auto own = credentials::read(config);
  if (!own)
    return own.error();
  auto parts = std::make_unique<impl>(config, std::move(*own));
  auto client = http_client::start({config.ca_file, std::chrono::milliseconds(config.deadline_ms)});
  if (!client)
    return client.error();
  parts->client = std::move(*client);
  return std::unique_ptr<sender>(new sender(std::move(parts)));
}

bool sender::speaks(provider which) const {
  return impl_->speaks(which);
}

const std::string& sender::vapid_public_key() const {
  return impl_->vapid_public;
}

bool sender::send(push_message what, outcome_then then) {
  const auto via = static_cast<std::size_t>(what.to.via);
  auto of = std::make_shared<errand>(errand{std::move(what), std::move(then), steady_now()});
  std::lock_guard hold(impl_->mutex);
  counts& of_provider = impl_->counted[via];
  if (impl_->stopping || of_provider.under_way >= impl_->config.in_flight_max)
    return false;
  ++of_provider.under_way;
  ++impl_->under_way;
  const bool taken = impl_->client->run([parts = impl_.get(), of = std::move(of)] { parts->begin(of); });
  ENSURE(taken, "the client stops after the sender");
  return true;
}

void sender::stop(std::chrono::milliseconds grace) {
  {
    std::unique_lock hold(impl_->mutex);
    impl_->stopping = true;
    impl_->ended.wait_for(hold, grace, [this] { return impl_->under_way == 0; });
  }
  impl_->client->stop();
}

sender::counts sender::counted(provider which) const {
  std::lock_guard hold(impl_->mutex);
  return impl_->counted[static_cast<std::size_t>(which)];
}

}  // namespace carillon::push
