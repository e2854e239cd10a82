// One of a person's devices in a simulated run. It is cut off again and again, and comes back: it syncs page
// by page, or lives on a connection that makes up for what was missed, until it is cut off again, perhaps
// before an answer has come that was on its way. What it is told goes to the checker.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/sim/clients.hpp"
#include "tools/sim/sync_call.hpp"

namespace carillon::sim {

class device final : private session_listener {
public:
  device(world& in, const site& where, std::size_t person, std::size_t number, std::uint64_t seed);

  void start() { be_away(); }
  // From now on it syncs and does nothing else.
  void finish() { finishing_ = true; }
  bool is_even() const;
  void tell_what_it_has() const;
  std::string describe() const;

private:
  enum class state { away, syncing, opening, live };

  void ready(std::uint64_t connection) override;
  void event(std::uint64_t connection, const entity_id& channel,
             const wire::channel_event& event) override;
  void gone(std::uint64_t connection) override;
  void start_wanted(std::uint64_t connection, const entity_id& channel, std::uint64_t told) override;

  void be_away();
  void come_back();
  void sync_on();
  void synced(std::uint64_t call, result<sync_reply> reply);
  void connect();
  void watch(std::uint64_t call);
  void cut_off();
  void take(const entity_id& channel, const wire::channel_event& event);
  machine* find_host();
  sync_question question();

  world& world_;
  const site& site_;
  const std::size_t person_;
  const std::size_t number_;  // among all devices
  seeded_random chance_;
  state now_ = state::away;
  std::uint64_t call_ = 0;  // the newest sync or connection; what is said to an older one is lost
  machine_number at_ = 0;
  std::uint64_t life_ = 0;  // of the process that it is connected to
  connection_id who_ = 0;
  sim_time leaves_at_ = 0;
  bool finishing_ = false;
  bool has_synced_ = false;  // to the end, since it was finishing
  std::string cursor_;
  sync_question resumed_with_;
  seqs_by_channel seen_;     // told live since the cursor
  std::map<entity_id, std::vector<std::uint64_t>> has_;  // seqs, as they came
};

}  // namespace carillon::sim
