// The work of placement on small numbers instead of store ids: who is in which slot, how many places
// each host has and should have. Pure; a part of placement.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/ring/fair_counts.hpp"
#include "runtime/ring/slot_hash.hpp"

namespace carillon {

class placement_table {
public:
  using host = std::uint32_t;  // position in `hosts`
  static constexpr host nobody = ~host{0};

  struct host_facts {
    std::uint64_t store_id = 0;
    std::uint32_t weight = 0;  // above 0
    std::uint32_t zone = 0;
    bool rests = false;  // holds its places, leads nothing that another replica can lead
  };
  struct slot_row {
    std::vector<host> replicas;  // different hosts
    host leader = nobody;        // one of them, or nobody yet
    bool pinned = false;         // to the leader: it keeps its place and leads, whatever the counts say
  };

  // REQUIRES: replicas <= hosts.size(), hosts not empty.
  placement_table(std::vector<host_facts> hosts, std::vector<slot_row> rows,
                  std::uint32_t replicas);

  // In this order.
  void trim();           // a slot with more places than wanted gives some up
  void fill();           // missing places go to hosts below their count
  void level();          // places go from hosts above their count to hosts below it
  void spread();         // exchanges that bring a slot into more zones
  void choose_leaders();

  const std::vector<slot_row>& rows() const { return rows_; }

private:
  bool holds(std::size_t slot, host who) const;
  bool may_leave(std::size_t slot, host who) const;
  std::uint32_t in_zone(std::size_t slot, std::uint32_t zone) const;
  std::uint32_t zones_of(std::size_t slot) const;
  std::uint64_t score(std::size_t slot, host who) const;
  void add(std::size_t slot, host who);
  void take(std::size_t slot, host who);
  host choose(std::size_t slot, const std::vector<std::uint32_t>& chances) const;
  bool make_room(std::size_t slot);
  host least_full(std::size_t slot) const;
  bool exchange(std::size_t slot);
  bool pass_on_leadership(host from, bool must_drop);

  const std::vector<host_facts> hosts_;
  std::vector<slot_row> rows_;
  const std::uint32_t replicas_;
  std::vector<fair_count> wanted_;    // places, by host
  std::vector<std::uint32_t> has_;    // places, by host
  std::vector<fair_count> lead_wanted_;
  std::vector<std::uint32_t> leads_;
};

}  // namespace carillon
