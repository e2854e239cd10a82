// The part of a simulated host that is of the ring: what actors/ring/meta_actor, its ring_duties and
// actors/slot_keeper carry out of ring_state, with the same pure cores.
#include <algorithm>

#include "actors/held_slots.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/ring/ring_delta.hpp"
#include "storage/ring_view_rows.hpp"
#include "storage/slot_range.hpp"
#include "tools/sim/at_rest.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint32_t announce_every_ticks = 5;
constexpr std::chrono::milliseconds announce_patience{2'000};
constexpr std::chrono::milliseconds report_patience{1'000};
constexpr std::chrono::milliseconds order_patience{5'000};

bool has(const std::vector<raft::member_id>& list, raft::member_id id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

const wire::replica_move* move_of(const wire::ring_view& view, slot_id slot) {
  for (const auto& move : view.moves())
    if (move.slot() == slot && move.began() != 0)
      return &move;
  return nullptr;
}

}  // namespace

// ---- what is heard ------------------------------------------------------------------------------

void host::led_by(slot_id slot, replica::place place, bool by_us) {
  world_.note("leader", self(), slot, place.leader, place.term);
  link_.leads(slot, by_us ? place.term : 0);
  flush_soon();
  if (by_us)
    count().leaders += 1;
  locator_.led_by(slot, place.leader, place.term);
  if (slot != slots())
    return;
  ring_.lead(leads_ring(), steady_now());
  if (!leads_ring())
    answer_operators();
  act_soon();
}

bool host::leads_ring() const {
  const replica& meta = slots_[slots()]->group();
  return world_.how.lying.plans_early ? meta.leads() : meta.serves();
}

// A host that is not in the group yet hears of its leader only by beats.
raft::member_id host::meta_leader() const {
  const raft::member_id known = slots_[slots()]->group().leader().leader;
  return known != 0 ? known : locator_.of(static_cast<slot_id>(slots())).leader;
}

void host::run_ring(const cluster::heard& heard) {
  ring_report report;
  report.alive = heard.alive;
  report.lost = heard.lost;
  for (const auto& led : heard.leaders)
    report.leaders.push_back({static_cast<slot_id>(led.slot), led.leader, led.term});
  for (slot_id number = 0; number < slots(); ++number)
    if (slots_[number] && slots_[number]->group().leads())
      report.leaders.push_back({number, self(), slots_[number]->group().leader().term});
  ring_.heard(report, steady_now());
  for (raft::member_id lost : heard.lost)
    heard_.erase(lost);
  heard_.insert(heard.alive.begin(), heard.alive.end());

  const auto& voters = slots_[slots()]->group().core().members().voters;
  const auto reached = std::count_if(voters.begin(), voters.end(), [this](raft::member_id voter) {
    return voter == self() || heard_.count(voter) > 0;
  });
  cut_off_ = static_cast<std::size_t>(reached) * 2 <= voters.size();
  announce_myself();
  act();
}

// Until the view has this process.
void host::announce_myself() {
  const wire::ring_member& me = link_.myself().member();
  for (const auto& member : view_.members())
    if (member.store_id() == self() && member.SerializeAsString() == me.SerializeAsString())
      return;
  if (leads_ring())
    return ring_.announced(me);
  const raft::member_id leader = meta_leader();
  if (leader == 0 || leader == self() || ticks_to_announce_-- > 0)
    return;
  ticks_to_announce_ = announce_every_ticks;
  wire::peer_request question;
  *question.mutable_meta()->mutable_member() = me;
  ask_peer(leader, static_cast<slot_id>(slots()), question, announce_patience, [](wire::peer_reply) {});
}

// ---- the leader of the ring ---------------------------------------------------------------------

void host::act_soon() {
  if (std::exchange(act_soon_, true))
    return;
  later(0, [this] {
    act_soon_ = false;
    act();
  });
}

void host::act() {
  ring_.lead(leads_ring(), steady_now());
  if (!leads_ring() || cut_off_)
    return;
  carry_out(ring_.take_actions(steady_now()));
}

void host::carry_out(const ring_actions& actions) {
  for (const auto& each : actions.nominations) {
    count().nominations += 1;
    wire::nomination what;
    what.set_term(each.term);
    what.set_lost(each.lost);
    tell(each.nominee, each.slot, what);
  }
  for (const auto& each : actions.hand_backs) {
    count().hand_backs += 1;
    wire::nomination what;
    what.set_transfer_to(each.to);
    tell(each.from, each.slot, what);
  }
  admit();
  if (actions.propose)
    propose(*actions.propose);
}

void host::admit() {
  slot& meta = *slots_[slots()];
  auto is_alive = [this](raft::member_id id) { return id == self() || heard_.count(id) > 0; };
  const group_wish wish =
      meta_wish(view_, meta.group().core().members(), world_.meta_voters.size(),
                ring_.given_up(steady_now()), is_alive);
  const group_now now = group_seen_by(meta.group().core(), is_alive);
  if (!is_as_wished(now, wish))
    meta.change_members(next_step(now, wish));
}

void host::propose(const wire::ring_view& next) {
  auto command = std::make_shared<wire::slot_command>();
  *command->mutable_meta()->mutable_delta() = delta_of(view_, next);
  if (!slots_[slots()]->propose_meta(std::move(command)))
    ring_.propose_failed();
}

void host::tell(raft::member_id whom, slot_id slot, const wire::nomination& what) {
  if (whom == self())
    return take_nomination(slot, what);
  link_.send(whom, wire::ITEM_NOMINATION, slot, what.SerializeAsString());
  flush_soon();
}

void host::take_nomination(slot_id slot, const wire::nomination& what) {
  if (!slots_[slot])
    return;
  if (what.transfer_to() != 0)
    slots_[slot]->transfer(what.transfer_to());
  else
    slots_[slot]->nominate(what.term(), what.lost());
}

bool host::rests() const {
  return leads_ring() && view_.moves_size() == 0 && !view_.held();
}

// ---- operators and reports ----------------------------------------------------------------------

void host::order(const wire::ring_command& command, word_then then) {
  if (leads_ring())
    return obey(command, std::move(then));
  const raft::member_id leader = meta_leader();
  if (leader == 0 || leader == self())
    return then(make_error(errc::not_owner));
  wire::peer_request question;
  *question.mutable_meta()->mutable_order()->mutable_command() = command;
  ask_peer(leader, static_cast<slot_id>(slots()), question, order_patience,
           [then = std::move(then)](wire::peer_reply reply) {
             if (reply.errc() != 0)
               return then(error{static_cast<errc>(reply.errc() - 1), reply.detail()});
             then(std::move(*reply.mutable_meta()->mutable_view()));
           });
}

void host::obey(const wire::ring_command& command, word_then then) {
  // Also where it lies about when it may plan: nobody is told what is not so.
  if (cut_off_ || !slots_[slots()]->group().serves())
    return then(make_error(errc::not_owner));
  if (status taken = ring_.operate(command); !taken)
    return then(taken.error());
  operators_.push_back(std::move(then));
  act();
  answer_operators();  // what is so already needs no commit
}

void host::answer_operators() {
  if (operators_.empty() || (leads_ring() && !ring_.operated()))
    return;
  for (auto& then : std::exchange(operators_, {})) {
    if (leads_ring())
      then(view_);
    else
      then(make_error(errc::not_owner));
  }
}

void host::say_members(const wire::slot_members& members) {
  const auto number = static_cast<slot_id>(members.slot());
  if (const auto* move = move_of(view_, number))
    world_.reached(number, *move, move_step::reports);
  const raft::member_id whom = locator_.of(static_cast<slot_id>(slots())).leader;
  wire::peer_request question;
  *question.mutable_meta()->mutable_members() = members;
  if (whom == self())
    answer_meta(question.meta(), [](const wire::peer_reply&) {}, [](const error&) {});
  else if (whom != 0)
    ask_peer(whom, static_cast<slot_id>(slots()), question, report_patience, [](wire::peer_reply) {});
}

void host::answer_meta(const wire::meta_request& request,
                       const std::function<void(wire::peer_reply)>& reply,
                       const std::function<void(const error&)>& refuse) {
  if (!leads_ring())
    return refuse(make_error(errc::not_owner));
  if (request.has_order())
    return obey(request.order().command(), [reply, refuse](result<wire::ring_view> view) {
      if (!view)
        return refuse(view.error());
      wire::peer_reply out;
      *out.mutable_meta()->mutable_view() = std::move(*view);
      reply(std::move(out));
    });
  if (request.has_members()) {
    const wire::slot_members& said = request.members();
    const auto& who = said.members();
    ring_.group_is(static_cast<slot_id>(said.slot()),
                   {.generation = said.generation(),
                    .voters = {who.voters().begin(), who.voters().end()},
                    .learners = {who.learners().begin(), who.learners().end()}});
  }
  if (request.has_member())
    ring_.announced(request.member());
  act();
  reply({});
}

// ---- the view -----------------------------------------------------------------------------------

void host::reload_view() {
  auto stored = storage::load_ring_view(rows(), static_cast<slot_id>(slots()));
  if (stored && stored->generation() != 0)
    take_view(*stored);
}

void host::meta_committed(const wire::meta_change& change) {
  if (change.has_view())
    take_view(change.view());
  if (change.has_delta()) {
    wire::ring_view next = view_;
    if (apply_delta(next, change.delta()))
      take_view(next);
  }
  act_soon();
}

void host::take_view(const wire::ring_view& view) {
  if (view.generation() <= view_.generation() && !slots_.empty())
    return;
  const wire::ring_view before = std::exchange(view_, view);
  world_.truth.view_is(self(), machine_.life(), view_);
  link_.set_generation(view_.generation());
  link_.know(view_, steady_now());
  ring_.view_is(view_, steady_now());
  if (slots_.empty())
    return;  // at the start
  answer_operators();
  tell_steps(before);
  follow_view_soon();
}

void host::tell_steps(const wire::ring_view& before) const {
  if (!leads_ring())
    return;
  for (const auto& move : view_.moves())
    if (move.began() == view_.generation())
      world_.reached(static_cast<slot_id>(move.slot()), move, move_step::begins);
  for (const auto& move : before.moves())
    if (move.began() != 0 && !move_of(view_, static_cast<slot_id>(move.slot())))
      world_.reached(static_cast<slot_id>(move.slot()), move, move_step::done);
}

// ---- replicas that come and go ------------------------------------------------------------------

void host::follow_view_soon() {
  if (std::exchange(follow_soon_, true))
    return;
  later(0, [this] {
    follow_soon_ = false;
    follow_view();
  });
}

void host::follow_view() {
  const auto changes = slot_changes_for(
      view_, self(), slots(),
      [this](slot_id slot) { return slots_[slot] && asking_.count(slot) == 0; },
      [this](slot_id slot) { return leaving_.count(slot) > 0 || asking_.count(slot) > 0; });
  for (slot_id number : changes.come) {
    world_.note("opens", self(), number);
    slots_[number] = open_slot(number);
    slots_[number]->start();
    if (const auto* move = move_of(view_, number); move && move->to() == self())
      world_.reached(number, *move, move_step::opens);
  }
  for (slot_id number : changes.go)
    ask_to_go(number);
  const bool unsettled = !changes.go.empty() || !asking_.empty();
  if (unsettled && !std::exchange(follow_again_, true))
    later(static_cast<sim_time>(leaving_retry.count()) * millisecond, [this] {
      follow_again_ = false;
      follow_view();
    });
}

// As actors/slot_keeper.
void host::ask_to_go(slot_id number) {
  if (world_.how.lying.leaves_unasked)
    return let_go(number, 0);
  const raft::member_id leader = locator_.of(number).leader;
  if (leader == 0 || leader == self())
    return;
  world_.note("asks to go", self(), number);
  asking_.insert(number);
  slots_[number]->hear(false);
  wire::peer_request question;
  question.mutable_members();
  auto answered = [this, number, leader](wire::peer_reply said) {
    asking_.erase(number);
    if (said.has_members() && has_let_go(said.members(), self()) &&
        !is_held_by(view_, number, self()))
      return let_go(number, said.members().committed());
    slots_[number]->hear(true);
    if (said.errc() == static_cast<std::uint32_t>(errc::not_owner) + 1)
      locator_.try_next(number, said.leader(), leader);
  };
  ask_peer(leader, number, question, leaving_patience, std::move(answered));
}

void host::let_go(slot_id number, raft::log_index committed) {
  world_.note("lets go", self(), number);
  leaving_.insert(number);
  gone_.push_back(std::move(slots_[number]));
  link_.leads(number, 0);
  flush_soon();
  locator_.led_by(number, 0, gone_.back()->group().leader().term);
  gone_.back()->leave(committed, [this, number] {
    leaving_.erase(number);
    follow_view_soon();
  });
  wire::replica_move went;
  went.set_slot(number);
  went.set_from(self());
  world_.reached(number, went, move_step::erases);
}

bool host::has_rows_of(slot_id slot) const {
  for (storage::family where : storage::pulled_families) {
    const std::string span = storage::slot_span(slot, where);
    auto at = rows().scan(where, span);
    at->seek(span);
    if (at->valid())
      return true;
  }
  return false;
}

// ---- steps of moves -----------------------------------------------------------------------------

void host::took_step(slot_id slot, const group_step& step, const raft::configuration& before,
                     raft::log_index last) {
  using kind = group_step::kind;
  world_.note("member", slot, static_cast<std::uint64_t>(step.what), step.who, last);
  if (step.what == kind::promote)
    world_.truth.promoted(slot, slots_[slot]->group().core().term(), step.who, last);
  if (step.what == kind::remove && has(before.voters, step.who)) {
    const machine* who = world_.find(step.who);
    const bool well = world_.troubles == 0 && world_.time.now() > world_.last_trouble + 5 * second &&
                      who && who->answers();
    const std::size_t wanted = slot == slots() ? meta_voters_wanted(world_, view_)
                                               : wish_of(view_, slot).members.size();
    world_.truth.let_go(slot, step.who, before.voters.size() - 1, wanted, well);
  }
  if (slot == slots())
    return;
  const auto* move = move_of(view_, slot);
  if (!move)
    return;
  if (step.what == kind::add_learner && step.who == move->to())
    world_.reached(slot, *move, move_step::learns);
  if (step.what == kind::promote)
    world_.reached(slot, *move, move_step::promotes);
  if (step.what == kind::transfer)
    world_.reached(slot, *move, move_step::hands_over);
  if (step.what == kind::remove && step.who == move->from())
    world_.reached(slot, *move, move_step::removes);
}

void host::saw_members(slot_id slot, raft::log_index index, const raft::configuration& members) {
  world_.truth.members_are(slot, index, members);
  if (slot == slots() || !slots_[slot] || !slots_[slot]->group().leads())
    return;
  const auto* move = move_of(view_, slot);
  if (!move)
    return;
  if (has(members.learners, move->to()))
    world_.reached(slot, *move, move_step::learnt);
  else if (has(members.voters, move->to()) && has(members.voters, move->from()))
    world_.reached(slot, *move, move_step::votes);
  else if (has(members.voters, move->to()))
    world_.reached(slot, *move, move_step::removed);
}

// Of voters every acknowledgement counts; of a learner, when it is said to have caught up. A disk that
// lost what it had tells so itself, and has no voice; where the ring moves, disks are sound.
void host::tell_counted(slot_id number) const {
  const raft::raft& core = slots_[number]->group().core();
  for (const raft::progress& of : core.others()) {
    const machine* who = world_.find(of.id);
    const replica* there = who && who->process() ? who->process()->find_group(number) : nullptr;
    if (!world_.ring_moves && there && there->core().lost_up_to())
      continue;
    if (has(core.members().voters, of.id) || of.now == raft::progress::mode::replicate)
      world_.truth.counts_on(number, core.term(), of.id, of.match);
  }
}

// Of which cluster it is, a host that joins hears from whom it asks, and writes it down.
void host::learn_cluster() {
  if (machine_.knows_cluster())
    return;
  for (const std::string& name : link_.names())
    if (const auto* hello = link_.hello_of(name); hello && hello->founding().cluster_id() != 0) {
      machine_.learn_cluster();
      return link_.set_founding(hello->founding());
    }
}

}  // namespace carillon::sim
