#include "tools/sim/coverage.hpp"

#include <array>
#include <iomanip>
#include <string_view>
#include <utility>

namespace carillon::sim {
namespace {

struct line {
  std::string_view name;
  std::uint64_t coverage::*number;
};
constexpr std::array lines{
    line{"posts begun", &coverage::posts},
    line{"acknowledged", &coverage::acknowledged},
    line{"refused", &coverage::refused},
    line{"retried by clients", &coverage::retries},
    line{"edits", &coverage::edits},
    line{"pages of history read", &coverage::reads},
    line{"events delivered", &coverage::deliveries},
    line{"clients reconnected", &coverage::reconnects},
    line{"calls sent to another host", &coverage::forwarded},
    line{"answers not_owner", &coverage::not_owner},
    line{"duplicates avoided", &coverage::duplicates},
    line{"leaderships taken", &coverage::leaders},
    line{"nominations", &coverage::nominations},
    line{"leaderships handed back", &coverage::hand_backs},
    line{"proposals lost", &coverage::lost_proposals},
    line{"proposals refused", &coverage::refused_proposals},
    line{"chunks pulled", &coverage::pulls},
    line{"tables replaced", &coverage::pulls_done},
    line{"damage found", &coverage::repairs},
    line{"channels activated", &coverage::activations},
    line{"subscriptions renewed", &coverage::gaps},
    line{"raft messages lost", &coverage::messages_lost},
    line{"raft messages repeated", &coverage::messages_repeated},
    line{"raft messages late", &coverage::messages_late},
    line{"processes started", &coverage::starts},
    line{"faults", &coverage::faults},
    line{"tasks", &coverage::tasks},
};

struct move_line {
  std::string_view name;
  std::uint64_t move_counts::*number;
};
constexpr std::array move_lines{
    move_line{"ring views", &move_counts::views},
    move_line{"moves begun", &move_counts::begun},
    move_line{"moves done", &move_counts::done},
    move_line{"moves given up", &move_counts::given_up},
    move_line{"hosts joined", &move_counts::joins},
    move_line{"hosts left", &move_counts::left},
    move_line{"operators obeyed", &move_counts::words},
    move_line{"operators refused", &move_counts::words_refused},
    move_line{"two words at once", &move_counts::words_at_once},
};

struct disk_line {
  std::string_view name;
  std::uint64_t journal::counters::*number;
};
constexpr std::array disk_lines{
    disk_line{"batches written", &journal::counters::batches},
    disk_line{"syncs", &journal::counters::syncs},
    disk_line{"batches torn by a crash", &journal::counters::torn},
    disk_line{"writes that failed", &journal::counters::failures},
};

struct net_line {
  std::string_view name;
  std::uint64_t network::counters::*number;
};
constexpr std::array net_lines{
    net_line{"frames sent", &network::counters::frames},
    net_line{"frames sent again", &network::counters::resent},
    net_line{"frames behind a cut", &network::counters::stalled},
    net_line{"connections made", &network::counters::connections},
    net_line{"connections broken", &network::counters::broken},
};

void print_line(std::ostream& to, std::string_view name, std::uint64_t number) {
  to << "  " << std::left << std::setw(30) << name << std::right << std::setw(14) << number << '\n';
}

}  // namespace

void coverage::add(const coverage& other) {
  for (const line& each : lines)
    this->*each.number += other.*each.number;
  for (const move_line& each : move_lines)
    moves.*each.number += other.moves.*each.number;
  for (std::size_t step = 0; step < move_steps; ++step) {
    moves.reached[step] += other.moves.reached[step];
    for (std::size_t who = 0; who < victims; ++who)
      moves.struck[step][who] += other.moves.struck[step][who];
  }
  for (const disk_line& each : disk_lines)
    disk.*each.number += other.disk.*each.number;
  for (const net_line& each : net_lines)
    net.*each.number += other.net.*each.number;
}

void print(std::ostream& to, const coverage& sum) {
  for (const line& each : lines)
    print_line(to, each.name, sum.*each.number);
  for (const disk_line& each : disk_lines)
    print_line(to, each.name, sum.disk.*each.number);
  for (const net_line& each : net_lines)
    print_line(to, each.name, sum.net.*each.number);
  if (sum.moves.begun == 0)
    return;
  for (const move_line& each : move_lines)
    print_line(to, each.name, sum.moves.*each.number);
  to << "  step of a move" << std::setw(16) << "reached";
  for (std::string_view name : victim_names)
    to << std::setw(13) << name;
  to << "  struck there\n";
  for (std::size_t step = 0; step < move_steps; ++step) {
    to << "    " << std::left << std::setw(14) << move_step_names[step] << std::right << std::setw(12)
       << sum.moves.reached[step];
    for (std::uint64_t struck : sum.moves.struck[step])
      to << std::setw(13) << struck;
    to << '\n';
  }
}

}  // namespace carillon::sim
