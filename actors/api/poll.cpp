#include "actors/api/poll.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

#include "actors/api/asks.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/sync.hpp"

namespace carillon::api {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view poll_path = "/api/carillon.poll";
constexpr std::chrono::seconds wait_default{30};
constexpr std::chrono::seconds wait_max{60};

// The inbox tells when it has news; of channels that no inbox holds nobody is told, so they are looked at so
// often. For no longer anything is kept of a client that has gone.
constexpr milliseconds look_again{1'000};
// The inbox had news, and there was nothing to tell of it: so often is enough.
constexpr milliseconds nothing_to_tell{100};

class poll_job : public std::enable_shared_from_this<poll_job> {
public:
  poll_job(call_ptr c, sync_request request, tick_time until)
      : c_(std::move(c)), request_(std::move(request)), until_(until) {}
  ~poll_job() { c_->host.metrics->polls.add(waits_ ? -1 : 0); }
  poll_job(const poll_job&) = delete;
  poll_job& operator=(const poll_job&) = delete;

  void look() {
    if (c_->request.is_over && c_->request.is_over->load())
      return;
    while_signed_in([me = shared_from_this()] {
      sync(me->c_, me->request_, [me](sync_answer answer) { me->take(answer); });
    });
  }

private:
  void take(const sync_answer& answer) {
    const tick_time now = steady_now();
    if (!answer.messages.empty() || answer.has_more || now >= until_ || !go_on_from(answer.cursor))
      return c_->ok_text(sync_text(answer));
    if (!waits_) {
      place_ = c_->shared.waits.take(c_->user(), c_->host.config.limits.waits_max);
      if (!place_)
        return c_->fail_later(errc::ratelimited, wait_places::retry_after);
      waits_ = true;
      c_->host.metrics->polls.add(1);
    }
    // Who only waits is in nobody's way: it counts as no call, and is not measured as one.
    c_->pass = call_pass();
    c_->request.received = {};
    const auto left = std::chrono::ceil<milliseconds>(until_ - now);
    if (std::exchange(had_news_, false))
      nap(std::min(left, nothing_to_tell));
    else
      await(std::min({left, look_again, milliseconds(c_->host.config.edge.request_deadline_ms / 2)}));
  }

  // A device that begins does so once.
  bool go_on_from(const std::string& cursor) {
    auto place = read_sync_cursor(cursor, c_->user(), request_.device, 0);
    if (!place)
      return false;
    request_.place = std::move(*place);
    request_.begins = false;
    request_.seen.clear();  // the cursor has it
    return true;
  }

  void await(milliseconds most) {
    wire::user_request asked;
    asked.set_user_id(c_->user().text());
    *asked.mutable_by() = c_->caller();
    asked.mutable_await()->set_from(request_.place.from());
    asked.mutable_await()->set_skip(request_.place.skip());
    asked.mutable_await()->set_wait_ms(static_cast<std::uint32_t>(most.count()));
    ask_user(c_->self, c_->host, c_->user(), std::move(asked),
             [me = shared_from_this(), most](const wire::user_reply& reply) {
               if (reply_error(reply))
                 return me->nap(most);  // the next sync knows better what is wrong
               me->had_news_ = reply.inbox().has_more();
               guarded(me->c_, [&] { me->look(); });
             });
  }

  void nap(milliseconds most) {
    c_->self->delayed_send(c_->self, most, run_later{[me = shared_from_this()] {
                             guarded(me->c_, [&] { me->look(); });
                           }});
  }

  // A token that was revoked meanwhile is forgotten at once; one that the cache let go is looked up.
  template <class Then>
  void while_signed_in(Then then) {
    if (c_->who->expired(c_->host.now()))
      return c_->fail(errc::invalid_auth);
    const std::string hash = c_->who->token_hash();
    if (c_->shared.tokens.find(hash, steady_now()))
      return then();
    const std::uint64_t generation = c_->shared.tokens.generation();
    on_directory(
        c_, [hash](const storage::directory& directory) { return directory.find_token(hash); },
        [c = c_, generation, then](std::optional<storage::principal> found) {
          if (!found)
            return c->fail(errc::token_revoked);
          if (found->user.disabled)
            return c->fail(errc::account_inactive);
          c->who = std::make_shared<const access>(std::move(*found));
          c->shared.tokens.put(c->who, generation, steady_now());
          then();
        });
  }

  const call_ptr c_;
  sync_request request_;
  const tick_time until_;
  bool waits_ = false;     // it has begun to, and is counted
  std::shared_ptr<void> place_;  // while it waits
  bool had_news_ = false;  // so the inbox said before the look that is under way
};

}  // namespace

result<std::chrono::seconds> read_wait(const arguments& args) {
  const std::string& text = args.text("wait");
  if (text.empty())
    return wait_default;
  std::uint32_t seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc{} || end != text.data() + text.size() || seconds > wait_max.count())
    return make_error(errc::invalid_arguments, "wait: seconds, from 0 to 60");
  return std::chrono::seconds(seconds);
}

std::chrono::milliseconds poll_patience(const edge::http_request& request) {
  if (!request.path.starts_with(poll_path))
    return milliseconds(0);
  if (!request.body.empty())
    return wait_max;  // what it says in there, the handler reads, not an I/O thread
  const auto args = arguments::read(request);
  if (!args)
    return milliseconds(0);
  const auto wait = read_wait(*args);
  return wait ? milliseconds(*wait) : milliseconds(0);
}

void carillon_poll(const call_ptr& c) {
  const auto wait = read_wait(c->args);
  if (!wait)
    return c->fail(wait.error());
  auto request = read_sync_request(*c);
  if (!request)
    return refuse_sync(c, request.error());
  const milliseconds granted =
      std::min(milliseconds(*wait), milliseconds(c->host.config.edge.poll_max_ms));
  std::make_shared<poll_job>(c, std::move(*request), steady_now() + granted)->look();
}

}  // namespace carillon::api
