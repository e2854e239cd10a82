// Keeps the process under its memory ceiling: reads what it has, decides on the level and acts on it.
// While memory is tight the store keeps half of its cache, unused pages go back to the system and the
// edge may keep half as much for its clients; when it is full, a tenth. What is turned away meanwhile is
// admission's. One thread calls it, about ten times a second; some microseconds each.
#pragma once

#include <cstdint>

#include "actors/admission.hpp"
#include "actors/host_metrics.hpp"
#include "storage/kv.hpp"

namespace carillon {

// host.memory_max_mb in bytes; without it three quarters of what there is. 0: cannot be known, and no
// ceiling is kept.
std::uint64_t memory_ceiling(const settings& config);

class memory_watch {
public:
  // All outlive this.
  memory_watch(std::uint64_t ceiling_bytes, storage::kv& store, const host_metrics& counted,
               admission& door);
  void step(tick_time now);

private:
  void act(memory_level level);

  const std::uint64_t ceiling_;
  storage::kv& store_;
  const host_metrics& counted_;
  admission& door_;
  memory_gauge gauge_;
  tick_time returned_at_{};  // when unused pages were given back last
};

}  // namespace carillon
