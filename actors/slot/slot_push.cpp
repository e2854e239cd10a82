// The part of slot_actor that tells devices which are not in use. Who is concerned is decided with each
// delivery to inboxes, and what waits is written in the same entry (slot_inbox.cpp); so whoever leads next
// finds it in the table. What was told is written afterwards, gathered. Texts and providers are the push
// actor's (actors/push/push_actor.hpp).
#include <algorithm>

#include "actors/ask.hpp"
#include "actors/dnd_hours.hpp"
#include "actors/slot/push_news.hpp"
#include "actors/slot/slot_actor.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds load_retry{1'000};
constexpr std::chrono::milliseconds gather_outcomes{20};
constexpr std::chrono::milliseconds gather_others{1'000};
constexpr std::chrono::milliseconds again_soon{200};
constexpr std::size_t errands_max = 64;  // of a slot, under way
constexpr std::size_t rows_of_command = 500;

// After so long a connection that is dead has been found to be: it was silent until the ping, then it has its
// time to answer, and once more while what waits for it moves; and some to say so.
constexpr std::chrono::milliseconds said_by_then{5'000};

push_outbox::limits limits_of(const settings& config) {
  const auto& how = config.push;
  push_outbox::limits out;
  out.hold = said_by_then + std::chrono::milliseconds(config.edge.ping_interval_ms) +
             2 * std::chrono::milliseconds(config.edge.ping_timeout_ms);
  out.rows_max = how.outbox_max;
  out.gather = std::chrono::milliseconds(how.gather_ms);
  out.pauses = {std::chrono::milliseconds(how.retry_first_ms),
                std::chrono::milliseconds(std::max(how.retry_first_ms, how.retry_max_ms))};
  out.keep = std::chrono::hours(how.keep_hours);
  return out;
}

double chance_of(random_source& random) {
  constexpr std::uint64_t steps = 1'000;
  return static_cast<double>(random.below(steps)) / steps;
}

}  // namespace

// ---- leadership -------------------------------------------------------------------------------

void slot_actor::begin_pushes() {
  end_pushes();
  if (!host_.push)
    return;
  outbox_ = std::make_unique<push_outbox>(limits_of(host_.config));
  load_pushes();
}

void slot_actor::end_pushes() {
  ++push_reign_;
  if (outbox_) {
    host_.metrics->pushes_waiting.add(-std::exchange(pushes_waiting_, 0));
    host_.metrics->pushes_shown.add(-std::exchange(pushes_shown_, 0));
  }
  outbox_ = nullptr;
  push_book_.clear();
  pushes_ready_ = false;
  push_timer_.reset();
  said_while_loading_.clear();
}

// Everything that is committed is in the tables when they are read; what comes meanwhile is kept for then.
void slot_actor::load_pushes() {
  const auto again = [this, reign = push_reign_] {
    delayed_send(this, load_retry, run_later{[this, reign] {
                   if (serving_ && reign == push_reign_)
                     load_pushes();
                 }});
  };
  auto read = [slot = slot_](const storage::message_store& stored) { return stored.pushes_of(slot).all(); };
  when_confirmed([this, read, again, reign = push_reign_](bool good) {
    if (!serving_ || reign != push_reign_)
      return;
    if (!good)
      return again();
    ask_reader(this, host_, {id_kind::user, slot_}, read,  // any reader, and not all slots the same
               [this, again, reign](result<storage::slot_pushes> found) {
                 if (!serving_ || reign != push_reign_)
                   return;
                 if (found)
                   return take_pushes(std::move(*found));
                 log_warn("push", "slot {}: what waits to be told cannot be read: {}", slot_,
                          found.error().describe());
                 again();
               });
  });
}

void slot_actor::take_pushes(storage::slot_pushes found) {
  const tick_time now = steady_now();
  for (const auto& said : found.users)
    push_book_.set(said);
  for (auto& each : found.rows) {
    const push_key key{each.user.number, each.channel};
    outbox_->load(key, std::move(each.row), now);
    if (each.member)
      outbox_->read(key, each.last_read, 0, host_.now(), now);
    else
      outbox_->left(key, ~0ULL, 0, host_.now(), now);
  }
  pushes_ready_ = true;
  for (const auto& change : std::exchange(said_while_loading_, {}))
    follow_pushes(*change, group().committed());
  work_on_pushes();
}

// ---- what comes -------------------------------------------------------------------------------

// Before a delivery to inboxes is proposed. REQUIRES: it is known who wants to be told.
push_outbox::planned slot_actor::plan_pushes(wire::inbox_change& change) const {
  push_outbox::planned plan;
  if (!outbox_)
    return plan;
  const timestamp now = host_.now();
  const auto is_reached = [this](std::uint64_t user) { return board_.is_reached({id_kind::user, user}); };
  if (const auto news = push_news_of(change, push_book_, now, is_reached); !news.empty())
    plan = outbox_->plan(news, now);
  for (const auto& row : plan.rows)
    *change.add_pushes() = row;
  return plan;
}

void slot_actor::accept_pushes(const push_outbox::planned& plan, raft::log_index index) {
  if (outbox_ && !plan.rows.empty())
    outbox_->accept(plan, index, steady_now());
}

void slot_actor::follow_pushes(const wire::user_change& change, raft::log_index index) {
  const auto user = entity_id::parse(change.user_id());
  if (!user)
    return;
  if (change.has_push()) {
    push_book_.set(change.push());
    if (change.push().targets().empty())
      outbox_->forget(user->number);
    outbox_->resume(user->number);  // their quiet may be over sooner
  }
  for (const auto& row : change.channels()) {
    const auto channel = entity_id::parse(row.channel_id());
    if (!channel)
      continue;
    if (row.member())
      outbox_->read({user->number, *channel}, row.last_read(), index, host_.now(), steady_now());
    else
      outbox_->left({user->number, *channel}, row.joined_seq(), index, host_.now(), steady_now());
  }
}

void slot_actor::pushes_committed(const std::shared_ptr<const wire::slot_command>& command,
                                  raft::log_index index) {
  if (!outbox_ || !command->has_user() ||
      (!command->user().has_push() && command->user().channels().empty()))
    return;
  if (pushes_ready_)
    follow_pushes(command->user(), index);
  else
    said_while_loading_.push_back(std::shared_ptr<const wire::user_change>(command, &command->user()));
}

// ---- what is to be done -----------------------------------------------------------------------

void slot_actor::work_on_pushes() {
  if (!outbox_ || !pushes_ready_ || group().failure() || is_stopping())
    return;
  const tick_time now = steady_now();
  outbox_->applied(group().applied());
  if (outbox_->under_way() < errands_max)
    for (const push_key& key : outbox_->due(now, errands_max - outbox_->under_way()))
      tell_push(key, now);
  write_pushes_soon();
  count_pushes();
  const auto next = outbox_->next_due();
  if (!next || outbox_->under_way() >= errands_max || (push_timer_ && *push_timer_ <= *next))
    return;
  push_timer_ = *next;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - now);
  delayed_send(this, std::max(wait, std::chrono::milliseconds(1)), run_later{[this, when = *next] {
                 if (push_timer_ != when)
                   return;
                 push_timer_.reset();
                 work_on_pushes();
                 carry_out_soon();
               }});
}

// Their last connection is gone; perhaps since a while ago, when messages were still left to it.
void slot_actor::pushes_unseen(const entity_id& user, timestamp seen_until) {
  if (!outbox_ || !pushes_ready_)
    return;
  outbox_->gone(user.number, seen_until, steady_now());
  work_on_pushes();
  carry_out_soon();
}

// Whether the user may be disturbed is looked at again: it may have waited for long.
void slot_actor::tell_push(const push_key& key, tick_time now) {
  const entity_id user{id_kind::user, key.user};
  const wire::push_user* said = push_book_.find(key.user);
  if (!said)
    return outbox_->forget(key.user);
  if (!outbox_->is_clear(key)) {
    if (board_.is_reached(user) || outbox_->is_held(key))
      return outbox_->hold(key, host_.now(), now);
    if (board_.state_of(user) == wire::PRESENCE_UNKNOWN)  // a new leader: until all who are there have been named
      return outbox_->postpone(key, now + again_soon);
    if (const dnd_times quiet = dnd_at(*said, host_.now()); quiet.quiet)
      return outbox_->postpone(key, now + std::chrono::microseconds(quiet.quiet_until - host_.now()));
  }
  auto errand = outbox_->begin(key, host_.now(), now);
  if (!errand)
    return;
  push_errand out;
  out.user = user;
  out.team = entity_id::parse(said->team_id()).value_or(entity_id());
  out.channel = key.channel;
  push_outbox::told gone;  // devices that were unregistered meanwhile
  for (const auto& device : errand->devices)
    if (const auto* target = target_of(*said, device))
      out.targets.push_back(*target);
    else
      gone.devices.push_back({device, push::push_fate::token_is_dead, {}});
  out.row = std::move(errand->row);
  if (out.targets.empty())
    return outbox_->ended(key, errand->id, gone, host_.now(), now, 0);
  const timestamp newest = out.row.items().empty() ? 0 : out.row.items().rbegin()->ts();
  push_outbox::told untold = gone;
  for (const auto& target : out.targets)
    untold.devices.push_back({target.device(), push::push_fate::try_again, {}});
  request(host_.push, caf::infinite, std::move(out))
      .then(
          [this, key, id = errand->id, gone, newest, reign = push_reign_](const push_told& what) {
            if (serving_ && reign == push_reign_)
              push_ended(key, id, gone, newest, what);
          },
          [this, key, id = errand->id, untold, reign = push_reign_](const caf::error&) {
            if (serving_ && reign == push_reign_)  // the host ends
              push_ended(key, id, untold, 0, {});
          });
}

void slot_actor::push_ended(const push_key& key, std::uint64_t errand, push_outbox::told told,
                            timestamp newest, const push_told& what) {
  told.nothing = what.nothing && told.devices.empty();
  told.no_news = what.no_news && told.devices.empty();
  told.told_ts = what.told_ts;
  told.upto = what.upto;
  told.unread = what.unread;
  for (const auto& each : what.devices) {
    told.devices.push_back({each.name, each.how.fate, each.how.retry_after});
    if (each.how.fate == push::push_fate::token_is_dead)
      forget_target(key.user, each);
    else if (each.how.fate == push::push_fate::refused)
      log_warn("push", "a device of {} is not told of {}, its provider refuses that push: {}",
               entity_id{id_kind::user, key.user}.text(), key.channel.text(), each.how.words());
    else if (each.how.fate == push::push_fate::delivered && newest != 0)
      host_.metrics->push_time.record(
          std::chrono::microseconds(host_.now() - std::min(host_.now(), newest)));
  }
  outbox_->ended(key, errand, told, host_.now(), steady_now(), chance_of(push_chance_));
  work_on_pushes();
  carry_out_soon();
}

// The user's actor has what they said: it decides whether that is still the same token.
void slot_actor::forget_target(std::uint64_t user, const push_told::device& dead) {
  host_.metrics->push_tokens_dead.add();
  log_info("push", "device \"{}\" of {} is forgotten: {}", dead.name, entity_id{id_kind::user, user}.text(),
           dead.how.words());
  wire::user_request request;
  request.set_user_id(entity_id{id_kind::user, user}.text());
  auto& forget = *request.mutable_change_push()->mutable_forget();
  forget.set_device(dead.name);
  forget.set_token(dead.token);
  forget.set_dead_since(dead.how.dead_since);
  ask_user(this, host_, {id_kind::user, user}, std::move(request), [](const wire::user_reply&) {});
}

// ---- the table --------------------------------------------------------------------------------

void slot_actor::write_pushes_soon() {
  if (!outbox_->has_changes())
    return;
  const bool urgent = outbox_->is_urgent();
  if (std::exchange(urgent ? writes_pushes_ : writes_pushes_late_, true))
    return;
  delayed_send(this, urgent ? gather_outcomes : gather_others, run_later{[this, urgent] {
                 (urgent ? writes_pushes_ : writes_pushes_late_) = false;
                 write_pushes();
               }});
}

// What is not written is told again by the next leader: it can wait, and need not be there for ever.
void slot_actor::write_pushes() {
  if (!serving_ || !outbox_ || !pushes_ready_ || group().failure() || is_stopping())
    return;
  auto command = std::make_shared<wire::slot_command>();
  for (auto& row : outbox_->take_changes(rows_of_command))
    *command->mutable_push()->add_rows() = std::move(row);
  if (command->has_push()) {
    const std::vector<wire::user_push> rows(command->push().rows().begin(), command->push().rows().end());
    if (auto index = group().propose(std::move(command), ++last_tag_))
      proposals_.push_back({last_tag_, {}, 0, 0, 0, {}, {}});
    else
      outbox_->changes_lost(rows);
  }
  write_pushes_soon();
  carry_out_soon();
}

void slot_actor::count_pushes() {
  const auto counted = outbox_->take_counts();
  host_metrics& m = *host_.metrics;
  m.pushes_decided.add(counted.decided);
  m.pushes_collapsed.add(counted.collapsed);
  m.pushes_dropped.add(counted.dropped);
  m.pushes_expired.add(counted.expired);
  m.push_clears.add(counted.clears);
  if (counted.dropped > 0)
    log_warn("push", "slot {}: {} that waited gave way to newer ones: push.outbox_max is {}", slot_,
             counted.dropped, host_.config.push.outbox_max);
  if (counted.expired > 0)
    log_warn("push", "slot {}: {} could not be told for {} hours and were given up", slot_, counted.expired,
             host_.config.push.keep_hours);
  const auto waiting = static_cast<std::int64_t>(outbox_->waiting());
  const auto shown = static_cast<std::int64_t>(outbox_->shown());
  m.pushes_waiting.add(waiting - std::exchange(pushes_waiting_, waiting));
  m.pushes_shown.add(shown - std::exchange(pushes_shown_, shown));
}

}  // namespace carillon
