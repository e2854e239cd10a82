#include "tools/sim/courier.hpp"

#include <algorithm>
#include <utility>

#include "tools/sim/host.hpp"

namespace carillon::sim {
namespace {

// As in actors/slot/, but for the pace: rounds as far apart, beside what a simulated minute brings, as those of a
// busy host, with as little room.
constexpr int slower = 10;
constexpr std::chrono::milliseconds per_row{25};
constexpr std::chrono::milliseconds at_a_time{50};  // on some
constexpr int runs_max = 6;

inbox_rounds::limits limits_of(const host& on) {
  const settings& config = on.config();
  return {.gather = slower * std::chrono::milliseconds(config.inbox.gather_ms),
          .gather_max = slower * std::chrono::milliseconds(config.inbox.gather_max_ms),
          .at_a_time = on.self() % 2 == 0 ? at_a_time : std::chrono::milliseconds(0),
          .per_row = per_row,
          .runs_max = runs_max};
}

std::optional<error> refusal_of(const wire::user_reply& reply) {
  return reply.errc() == 0 ? std::nullopt : std::optional(make_error(static_cast<errc>(reply.errc() - 1)));
}

}  // namespace

courier::courier(host& on) : on_(on), rounds_(limits_of(on)) {}

void courier::take(inbox_rounds::sender from, std::vector<inbox_letter> letters,
                   const std::vector<slot_id>& urgent, receipts_then then) {
  if (!letters.empty())
    senders_.try_emplace(from, open_letters{std::move(then)}).first->second.open += letters.size();
  on_.count().sync.letters += letters.size();
  for (auto& each : letters)
    rounds_.take(from, std::move(each));
  for (const slot_id to : urgent)
    rounds_.hurry(to);
  work();
}

void courier::work() {
  give_receipts();
  for (auto& mail : rounds_.go(on_.steady_now()))
    ask(std::move(mail));
  const auto next = rounds_.next();
  if (!next || std::exchange(timer_, true))
    return;
  const auto wait = std::max(*next - on_.steady_now(), tick_time::duration::zero());
  on_.later(static_cast<sim_time>(std::chrono::ceil<std::chrono::milliseconds>(wait).count()) * millisecond,
            [this] {
              timer_ = false;
              work();
            });
}

void courier::ask(inbox_rounds::mail mail) {
  wire::user_request request;
  request.set_user_id(entity_id{id_kind::user, mail.someone}.text());
  *request.mutable_delivery() = std::move(mail.what);
  on_.count().sync.deliveries += 1;
  on_.ask_user(std::move(request), [this, to = mail.to](const wire::user_reply& reply) {
    const auto refused = refusal_of(reply);
    on_.count().sync.deliveries_failed += refused ? 1 : 0;
    rounds_.answered(to, refused);
    work();
  });
}

void courier::give_receipts() {
  for (auto& [from, receipts] : rounds_.receipts(on_.steady_now())) {
    auto found = senders_.find(from);
    found->second.open -= receipts.size();
    on_.later(0, [then = found->second.then, receipts = std::move(receipts)] { then(receipts); });
    if (found->second.open == 0)
      senders_.erase(found);
  }
}

}  // namespace carillon::sim
