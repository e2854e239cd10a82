#include "tools/sim/host.hpp"

#include <algorithm>

#include "actors/held_slots.hpp"
#include "runtime/base/ensure.hpp"
#include "storage/log_store.hpp"
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
  hello.set_slots(in.config.cluster.slots);
  *hello.mutable_member() = on.announcement();
  if (!on.knows_cluster())
    return hello;
  hello.set_cluster_id(7);
  hello.mutable_founding()->set_cluster_id(7);
  hello.mutable_founding()->set_slots(in.config.cluster.slots);
  for (raft::member_id voter : in.meta_voters)
    hello.mutable_founding()->add_meta_voters(voter);
  return hello;
}

std::vector<cluster::peer_address> peers_of(const world& in, const machine& on) {
  std::vector<cluster::peer_address> peers;
  if (on.number() >= in.founders) {  // it was told the address of one that is there
    for (machine_number shift = 0; shift < in.founders; ++shift) {
      const auto& known = in.machines[(on.number() + shift) % in.founders];
      if (known->is_needed())
        return {{known->name(), known->name()}};
    }
  }
  for (machine_number number = 0; number < in.founders; ++number)
    if (number != on.number())
      peers.push_back({in.machines[number]->name(), in.machines[number]->name()});
  return peers;
}

ring_state::options ring_options_of(const world& in, const machine& on) {
  ring_state::options how;
  how.self = on.store_id();
  how.rules = {.slots = in.config.cluster.slots, .replicas = 3};
  how.members_expected = in.founders;
  if (in.ring_moves) {  // ten minutes and one of them would be most of a run
    how.replace_after = std::chrono::seconds(6);
    how.vanish_window = std::chrono::seconds(3);
    how.moves = {.at_once = 1 + static_cast<std::uint32_t>(in.how.seed % 4),
                 .per_host = 1 + static_cast<std::uint32_t>(in.how.seed % 3)};
  }
  return how;
}

// As replica_actor makes them from the settings.
replica::setup setup_of(const world& in, const machine& on, slot_id number) {
  const auto& cluster = in.config.cluster;
  replica::setup how;
  how.slot = number;
  how.raft.self = on.store_id();
  how.raft.reads_of_all = static_cast<std::uint32_t>(on.store_id() % 3);  // so that hosts ask all, or as few as they need
  how.raft.election_ticks = std::max(2u, cluster.election_ms / cluster.tick_ms);
  how.raft.entries_per_append = 1 + in.how.seed % 4;  // small: a log goes over in many steps
  how.log_keep_entries = in.config.storage.log_keep_entries;
  how.chunk_bytes = 4'096;  // small, so that a pull has steps between which things happen
  if (number == cluster.slots) {
    how.founders.voters = in.meta_voters;
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
      followed_(in.config.cluster.slots + 1), courier_(*this), hub_(*this), view_(in.view), ring_(ring_options_of(in, on), on.steady_now()) {
  reload_view();
  // As RocksDB does: what it finds at its start is safe from then on.
  auto nothing = on.disk().rows.make_batch();
  (void)on.disk().rows.write(*nothing, !on.disk().forgets_syncs);
  for (slot_id number = 0; number <= slots(); ++number) {
    auto opened = storage::open_damaged_slot(on.disk().rows, number);
    ENSURE(opened.has_value(), "the simulated disk answers");
    const bool held = number == slots() || is_held_by(view_, number, self()) ||
                      was_held(opened->start, opened->log->last_index());
    if (!held) {
      in.truth.erased(self(), number);
      slots_.push_back(nullptr);
      continue;
    }
    if (opened->start.log_damaged || opened->start.tables_mixed)
      in.count.repairs += 1;
    in.truth.found_on_disk(self(), number, *opened->log, !opened->start.tables_mixed);
    slots_.push_back(std::make_unique<slot>(*this, setup_of(in, on, number), opened->start,
                                            std::move(opened->log)));
  }
}

host::~host() = default;

void host::start() {
  for (auto& each : slots_)
    if (each)
      each->start();
  link_.know(view_, steady_now());
  follow_view_soon();
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
  end_clients_calls();
}

void host::tick() {
  link_.tick(steady_now());
  send_all(line_.tick());
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
    if (slots_[number]->group().leads())
      tell_counted(number);
    if (number != slots())
      slots_[number]->follow(view_, heard_);
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
bool host::has_inboxes() const { return world_.has_devices; }
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

std::unique_ptr<slot> host::open_slot(slot_id number) {
  auto start = storage::load_slot_start(machine_.disk().rows, number);
  ENSURE(start.has_value(), "the simulated disk answers");
  auto log = storage::log_store::open(machine_.disk().rows, number, *start);
  ENSURE(log.has_value(), "a log that is empty or sound opens");
  world_.truth.found_on_disk(self(), number, **log, !start->tables_mixed);
  return std::make_unique<slot>(*this, setup_of(world_, machine_, number), *start, std::move(*log));
}

std::string host::describe() const {
  std::string text;
  for (const auto& each : slots_)
    if (each)
      text.append("  ").append(each->group().describe()).append("\n");
  return text;
}

}  // namespace carillon::sim
