// The steps of a move of one replica, in their order, and who may be struck at each: so that one sees that
// every one was met by a crash of everybody. Values only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carillon::sim {

enum class move_step : std::uint8_t {
  begins,      // the view with the move is committed
  opens,       // the newcomer has opened the slot
  learns,      // the slot's leader proposed it as a learner
  learnt,      // that is committed
  promotes,    // it has caught up and is proposed as a voter
  votes,       // that is committed
  hands_over,  // the leader is the one that goes, and hands over
  removes,     // who goes is proposed to go
  removed,     // that is committed
  reports,     // the leader tells the ring
  done,        // the view has the new place
  erases,      // who went erases what it has
};
inline constexpr std::array<std::string_view, 12> move_step_names{
    "begins", "opens",      "learns",  "learnt",  "promotes", "votes",
    "hands over", "removes", "removed", "reports", "done",     "erases"};

enum class victim : std::uint8_t { slot_leader, newcomer, leaver, ring_leader, bystander };
inline constexpr std::array<std::string_view, 5> victim_names{"slot leader", "newcomer", "leaver",
                                                              "ring leader", "bystander"};

inline constexpr std::size_t move_steps = move_step_names.size();
inline constexpr std::size_t victims = victim_names.size();

struct move_counts {
  std::uint64_t begun = 0;
  std::uint64_t done = 0;
  std::uint64_t given_up = 0;  // the plan was made anew without it
  std::uint64_t views = 0;     // generations
  std::uint64_t joins = 0;
  std::uint64_t words = 0;     // of operators, obeyed
  std::uint64_t words_refused = 0;
  std::uint64_t words_at_once = 0;  // said while another one was open
  std::uint64_t left = 0;      // hosts that are members no more
  std::array<std::uint64_t, move_steps> reached{};
  std::array<std::array<std::uint64_t, victims>, move_steps> struck{};
};

}  // namespace carillon::sim
