#include "tools/sim/machine.hpp"

#include "runtime/base/ensure.hpp"
#include "storage/ring_view_rows.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {
namespace {

constexpr std::int64_t million = 1'000'000;
// Runs begin in November 2023, and a steady clock does not begin at zero.
constexpr timestamp wall_epoch = 1'700'000'000'000'000;
constexpr std::int64_t steady_epoch = 1'000 * million;

}  // namespace

machine::machine(world& in, machine_number number, raft::member_id store_id, std::string zone)
    : world_(in), number_(number), store_id_(store_id), zone_(std::move(zone)),
      disk_(std::make_unique<sim::disk>()), joined_(number < in.founders),
      knows_cluster_(joined_), steady_base_(steady_epoch) {}

machine::~machine() = default;

std::string machine::name() const {
  std::string text = "host-";
  text.append(std::to_string(number_));
  return text;
}

// ---- the process --------------------------------------------------------------------------------

void machine::start() {
  ENSURE(!process_, "a machine runs one host");
  ++life_;
  world_.count.starts += 1;
  world_.note("start", number_, life_);
  disk_->forgets_syncs = world_.how.lying.disk_forgets_syncs;
  // From flash with a battery to a busy disk: the slower, the more often a crash meets a sync.
  disk_->sync_time = 300 + 800 * (world_.how.seed % 6);
  process_ = std::make_unique<host>(world_, *this);
  process_->start();
  arm_tick();
}

void machine::kill(bool power_is_cut) {
  if (!process_)
    return;
  world_.note("die", number_, life_, power_is_cut);
  auto gone = std::move(process_);
  held_.clear();
  frozen_ = false;
  gone->die(power_is_cut);
  world_.wires.process_gone(number_, power_is_cut);
}

void machine::freeze() {
  frozen_ = process_ != nullptr;
}

void machine::thaw() {
  if (!std::exchange(frozen_, false))
    return;
  for (task& each : std::exchange(held_, {}))
    run(std::move(each));
}

wire::ring_member machine::announcement() const {
  wire::ring_member out;
  out.set_store_id(store_id_);
  out.set_incarnation(life_);
  out.set_starts(life_);
  out.set_name(name());
  out.set_peer_address(name());
  out.set_zone(zone_);
  out.set_weight(100);
  return out;
}

void machine::format_disk() {
  auto rows = disk_->rows.make_batch();
  storage::ring_view_rows(static_cast<slot_id>(world_.config.cluster.slots)).replace(world_.view, *rows);
  ENSURE(disk_->rows.write(*rows, true).has_value(), "a new disk can be written");
}

void machine::empty_disk() {
  ENSURE(!process_, "nobody changes the disk under a host");
  disk_ = std::make_unique<sim::disk>();
  format_disk();
  world_.truth.disk_emptied(store_id_);
}

bool machine::flip_bit(std::uint64_t number) {
  using storage::family;
  // Tables and logs. Hard states are one row of many, and a host that loses one is to be replaced.
  constexpr family places[] = {family::messages, family::index, family::log};
  seeded_random chance(number);
  auto key = disk_->rows.rot(places[number % 3], {}, chance);
  damaged_ |= key.has_value();
  return key.has_value();
}

void machine::look_for_damage() {
  damaged_ = false;
  process_->look_for_damage();
}

void machine::arm_tick() {
  later(world_.config.cluster.tick_ms * millisecond, [this] {
    process_->tick();
    if (process_)
      arm_tick();
  });
}

void machine::later(sim_time delay, task&& what) {
  const auto true_delay = static_cast<sim_time>(
      static_cast<std::int64_t>(delay) * million / (million + drift_));
  world_.time.after(true_delay, std::move(what), this, life_);
}

void machine::let_in(std::uint64_t life, task& what) {
  if (process_ && life == life_)
    run(std::move(what));
}

// ---- clocks -------------------------------------------------------------------------------------

std::int64_t machine::steady_micros() const {
  const auto passed = static_cast<std::int64_t>(world_.time.now() - drift_since_);
  return steady_base_ + passed + passed / 1'000 * drift_ / 1'000;
}

tick_time machine::steady_now() const {
  return tick_time(std::chrono::microseconds(steady_micros()));
}

timestamp machine::wall_now() const {
  return wall_epoch + static_cast<timestamp>(steady_micros() + wall_offset_);
}

void machine::set_drift(std::int64_t parts_per_million) {
  steady_base_ = steady_micros();
  drift_since_ = world_.time.now();
  drift_ = parts_per_million;
}

// ---- the network --------------------------------------------------------------------------------

void machine::connected(wire_id wire, machine_number peer, bool dialed) {
  run([this, wire, peer, dialed] { process_->connected(wire, peer, dialed); });
}
void machine::dial_failed(machine_number peer) {
  run([this, peer] { process_->dial_failed(peer); });
}
void machine::frame_arrived(wire_id wire, std::string frame) {
  run([this, wire, frame = std::move(frame)] { process_->frame_arrived(wire, frame); });
}
void machine::closed(wire_id wire) {
  run([this, wire] { process_->closed(wire); });
}

}  // namespace carillon::sim
