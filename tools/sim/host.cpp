#include "tools/sim/host.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "storage/keys.hpp"
#include "storage/log_store.hpp"
#include "storage/rows.hpp"
#include "storage/slot_start.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint32_t rest_ticks = 40;  // idle channels are stopped so often

cluster::link_options link_options_of(const settings& config) {
  cluster::link_options how;
  how.tick = std::chrono::milliseconds(config.cluster.tick_ms);
  how.suspect = std::chrono::milliseconds(config.cluster.suspect_ms);
  return how;
}

wire::peer_hello hello_of(const world& in, const machine& on) {
  wire::peer_hello hello;
  hello.set_cluster_name("simulated");
  hello.set_cluster_id(7);
  hello.set_slots(in.config.cluster.slots);
  hello.mutable_member()->set_store_id(on.store_id());
  hello.mutable_member()->set_incarnation(on.life());
  hello.mutable_member()->set_name(on.name());
  hello.mutable_founding()->set_cluster_id(7);
  hello.mutable_founding()->set_slots(in.config.cluster.slots);
  for (raft::member_id voter : in.hosts)
    hello.mutable_founding()->add_meta_voters(voter);
  return hello;
}

std::vector<cluster::peer_address> peers_of(const world& in, const machine& on) {
  std::vector<cluster::peer_address> peers;
  for (const auto& each : in.machines)
    if (each.get() != &on)
      peers.push_back({each->name(), each->name()});
  return peers;
}

ring_state::options ring_options_of(const world& in, const machine& on) {
  ring_state::options how;
  how.self = on.store_id();
  how.rules = {.slots = in.config.cluster.slots, .replicas = 3};
  how.members_expected = static_cast<std::uint32_t>(in.hosts.size());
  return how;
}

// As replica_actor makes them from the settings.
replica::setup setup_of(const world& in, const machine& on, slot_id number) {
  const auto& cluster = in.config.cluster;
  replica::setup how;
  how.slot = number;
  how.raft.self = on.store_id();
  how.raft.election_ticks = std::max(2u, cluster.election_ms / cluster.tick_ms);
  how.raft.entries_per_append = 1 + in.how.seed % 4;  // small: a log goes over in many steps
  how.log_keep_entries = in.config.storage.log_keep_entries;
  how.chunk_bytes = 4'096;  // small, so that a pull has steps between which things happen
  if (number == cluster.slots) {
    how.founders.voters = in.hosts;
  } else {
    const auto& founders = in.view.slots(static_cast<int>(number)).founders();
    how.founders.voters.assign(founders.begin(), founders.end());
    std::sort(how.founders.voters.begin(), how.founders.voters.end());
  }
  return how;
}

}  // namespace

host::host(world& in, machine& on)
    : world_(in), machine_(on), tables_(on.disk().rows, in.config.cluster.slots),
      journal_(on.disk(), on.store_id(), in.truth, in.chance, in.count.disk,
               [this](sim_time delay, task&& what) { later(delay, std::move(what)); }),
      locator_(on.store_id(), in.config.cluster.slots),
      link_(link_options_of(in.config), hello_of(in, on), peers_of(in, on), in.chance,
            on.steady_now()),
      hub_(*this), view_(in.view), ring_(ring_options_of(in, on), on.steady_now()) {
  reload_view();
  // As RocksDB does: what it finds at its start is safe from then on.
  auto nothing = on.disk().rows.make_batch();
  (void)on.disk().rows.write(*nothing, !on.disk().forgets_syncs);
  for (slot_id number = 0; number <= slots(); ++number) {
    replica::setup how = setup_of(in, on, number);
    const auto& members = how.founders.voters;
    if (std::find(members.begin(), members.end(), self()) == members.end()) {
      slots_.push_back(nullptr);
      continue;
    }
    auto opened = storage::open_damaged_slot(on.disk().rows, number);
    ENSURE(opened.has_value(), "the simulated disk answers");
    if (opened->start.log_damaged || opened->start.tables_mixed)
      in.count.repairs += 1;
    in.truth.found_on_disk(self(), number, *opened->log);
    slots_.push_back(std::make_unique<slot>(*this, std::move(how), opened->start,
                                            std::move(opened->log)));
  }
}

host::~host() = default;

void host::start() {
  for (auto& each : slots_)
    if (each)
      each->start();
  hub_.start();
  link_.tick(steady_now());
  carry_out_link();
}

void host::die(bool power_is_cut) {
  journal_.die(power_is_cut);
  hub_.close_all();
  // Sockets of a process that is killed are closed by the system; those of a machine without power
  // are silent, and clients find out by themselves.
  if (power_is_cut)
    return;
  for (auto& [id, open] : std::exchange(calls_, {}))
    end_call(open, {});
}

void host::tick() {
  link_.tick(steady_now());
  const cluster::heard heard = link_.take_heard();
  for (const auto& led : heard.leaders)
    locator_.led_by(led.slot, led.leader, led.term);
  for (raft::member_id lost : heard.lost)
    locator_.lost(lost);
  replica::heard mine{heard.alive, heard.lost, {}};
  auto tick_group = [&](slot_id number) {
    if (!slots_[number])
      return;
    mine.led = {};
    for (const auto& led : heard.leaders)
      if (led.slot == number && led.term > mine.led.term)
        mine.led = {led.leader, led.term};
    slots_[number]->tick(mine);
  };
  tick_group(slots());
  for (slot_id number = 0; number < slots(); ++number)
    tick_group(number);
  run_ring(heard);
  if (++ticks_ % rest_ticks == 0)
    for (auto& each : slots_)
      if (each)
        each->rest();
  carry_out_link();
}

// ---- what slots and the hub need ----------------------------------------------------------------

void host::later(sim_time delay, task&& what) { machine_.later(delay, std::move(what)); }
random_source& host::chance() { return world_.chance; }
coverage& host::count() { return world_.count; }
timestamp host::wall_now() const { return machine_.wall_now(); }
tick_time host::steady_now() const { return machine_.steady_now(); }
const settings& host::config() const { return world_.config; }
const storage::kv& host::rows() const { return machine_.disk().rows; }
bool host::answers_before_commit() const { return world_.how.lying.answers_before_commit; }
bool host::shows_before_commit() const { return world_.how.lying.shows_before_commit; }
bool host::activates_early() const { return world_.how.lying.activates_early; }
raft::member_id host::self() const { return machine_.store_id(); }
std::uint32_t host::slots() const { return world_.config.cluster.slots; }
void host::write(storage::journal_write what) { journal_.submit(std::move(what)); }

void host::saw_leader(slot_id slot, raft::term_t term) {
  world_.truth.leads(self(), slot, term);
}

void host::saw_commit(slot_id slot, const replica::committed_entry& entry,
                      const std::vector<raft::member_id>& voters) {
  world_.note("commit", self(), slot, entry.index, entry.term);
  world_.truth.committed(self(), slot, entry.index, entry.term, entry.command.get(), voters);
}

void host::led_by(slot_id slot, replica::place place, bool by_us) {
  world_.note("leader", self(), slot, place.leader, place.term);
  link_.leads(slot, by_us ? place.term : 0);
  flush_soon();
  if (by_us)
    count().leaders += 1;
  locator_.led_by(slot, place.leader, place.term);
  if (slot == slots())
    ring_.lead(slots_[slot]->group().serves(), steady_now());
}

// ---- the ring actor -----------------------------------------------------------------------------

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

  std::size_t reached = 0;
  for (raft::member_id voter : world_.hosts)
    reached += voter == self() || link_.is_up(voter);
  cut_off_ = reached * 2 <= world_.hosts.size();
  announce_myself();
  if (slots_[slots()]->group().serves())
    carry_out(ring_.take_actions(steady_now()));
}

// Until the view has this process.
void host::announce_myself() {
  const wire::ring_member& me = link_.myself().member();
  for (const auto& member : view_.members())
    if (member.store_id() == self() && member.incarnation() == me.incarnation())
      return;
  const replica& meta = slots_[slots()]->group();
  if (meta.serves())
    return ring_.announced(me);
  const raft::member_id leader = meta.leader().leader;
  if (leader == 0 || leader == self() || ticks_to_announce_-- > 0)
    return;
  ticks_to_announce_ = 5;
  wire::peer_request question;
  *question.mutable_meta()->mutable_member() = me;
  ask_peer(leader, slots(), question, std::chrono::seconds(2), [](wire::peer_reply) {});
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
  if (!actions.propose)
    return;
  auto command = std::make_shared<wire::slot_command>();
  *command->mutable_meta()->mutable_view() = *actions.propose;
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

void host::reload_view() {
  const auto key = storage::ring_view_key(static_cast<slot_id>(slots()));
  auto stored = storage::get_row<wire::ring_view>(rows(), storage::family::meta, key);
  if (stored && *stored && (*stored)->generation() > view_.generation())
    view_ = std::move(**stored);
  link_.set_generation(view_.generation());
  ring_.view_is(view_, steady_now());
}

void host::meta_committed(const wire::meta_change& change) {
  if (!change.has_view() || change.view().generation() <= view_.generation())
    return;
  view_ = change.view();
  link_.set_generation(view_.generation());
  ring_.view_is(view_, steady_now());
}

std::string host::lacks() const {
  for (const auto& each : slots_)
    if (each && each->group().failure())
      return "its disk failed: " + each->group().failure()->describe();
  for (const auto& each : slots_)
    if (each && each->group().is_catching_up())
      return "catches up: " + each->group().describe();
  return {};
}

void host::look_for_damage() {
  for (auto& each : slots_)
    if (each)
      each->look_for_damage();
}

std::string host::describe() const {
  std::string text;
  for (const auto& each : slots_)
    if (each)
      text.append("  ").append(each->group().describe()).append("\n");
  return text;
}

}  // namespace carillon::sim
