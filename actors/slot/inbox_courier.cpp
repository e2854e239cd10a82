#include "actors/slot/inbox_courier.hpp"

#include <map>

#include "actors/admission.hpp"
#include "actors/ask.hpp"
#include "actors/measured_actor.hpp"
#include "actors/slot/inbox_rounds.hpp"
#include "actors/stop_on_exception.hpp"

namespace carillon {
namespace {

// An entry of a log and a row of a table are written by each replica: 200 and 5 us each, measured on three hosts.
// Ten times as much is a tenth of what the workers can do.
inbox_rounds::limits limits_of(const caf::actor_system& system, const host_services& host) {
  using namespace std::chrono_literals;
  const auto threads = caf::get_or(system.config(), "scheduler.max-threads", std::size_t{1});
  const std::size_t workers = std::max<std::size_t>(1, threads);
  const bool lone = !host.link;
  const std::size_t copies = host.config.cluster.replicas;  // alone, too: what gathers for longer costs less
  const std::chrono::milliseconds gather(host.config.inbox.gather_ms);
  return {.gather = gather,
          .gather_max = std::chrono::milliseconds(host.config.inbox.gather_max_ms),
          .saved_max = 10 * gather,
          .together = lone ? 0ms : 3 * gather,  // alone, there are few syncs and no frames to share,
          .at_a_time = lone ? 5ms : 0ms,        // so posts need not wait for more than half a millisecond of it
          .per_mail = 2000us * copies / workers,
          .per_row = 50us * copies / workers};
}

class inbox_courier final : public measured_actor {
public:
  inbox_courier(caf::actor_config& config, const host_services& host, inbox_rounds::limits limits)
      : measured_actor(config, host.metrics, actor_kind::courier),
        host_(host),
        rounds_(limits) {}

  const char* name() const override { return "courier"; }

  caf::behavior make_behavior() override {
    stop_host_on_exception(*this);
    return {
        [this](inbox_letters& letters) { take(letters); },
        [](run_later& job) { job.work(); },
    };
  }

  ask_watch asks;

private:
  struct open_letters {
    caf::actor from;
    std::size_t open = 0;
  };

  void take(inbox_letters& letters) {
    const inbox_rounds::sender from{letters.from.id(), letters.reign};
    if (!letters.letters.empty())
      senders_.try_emplace(from, open_letters{letters.from}).first->second.open += letters.letters.size();
    for (auto& each : letters.letters)
      rounds_.take(from, std::move(each));
    for (const slot_id to : letters.urgent)
      rounds_.hurry(to);
    work();
  }

  void work() {
    const tick_time now = steady_now();
    give_receipts(now);
    for (auto& mail : rounds_.go(now, host_.door && host_.door->has_waiting()))
      ask(std::move(mail));
    const auto next = rounds_.next();
    if (!next || std::exchange(timer_, true))
      return;
    const auto wait = std::max(*next - now, tick_time::duration::zero());
    delayed_send(this, std::chrono::ceil<std::chrono::milliseconds>(wait), run_later{[this] {
                   timer_ = false;
                   work();
                 }});
  }

  void ask(inbox_rounds::mail mail) {
    const entity_id someone{id_kind::user, mail.someone};
    wire::user_request request;
    request.set_user_id(someone.text());
    *request.mutable_delivery() = std::move(mail.what);
    ask_user(this, host_, someone, std::move(request), [this, to = mail.to](const wire::user_reply& reply) {
      rounds_.answered(to, reply_error(reply));
      work();
    });
  }

  void give_receipts(tick_time now) {
    for (auto& [from, receipts] : rounds_.receipts(now)) {
      auto found = senders_.find(from);
      found->second.open -= receipts.size();
      send(found->second.from, inbox_receipts{from.second, std::move(receipts)});
      if (found->second.open == 0)
        senders_.erase(found);
    }
  }

  const host_services& host_;
  inbox_rounds rounds_;
  std::map<inbox_rounds::sender, open_letters> senders_;  // none without open ones
  bool timer_ = false;
};

}  // namespace

caf::actor spawn_inbox_courier(caf::actor_system& system, const host_services& host) {
  return system.spawn<inbox_courier>(std::ref(host), limits_of(system, host));
}

}  // namespace carillon
