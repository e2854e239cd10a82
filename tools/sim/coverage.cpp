#include "tools/sim/coverage.hpp"

#include <array>
#include <iomanip>
#include <string_view>
#include <utility>

namespace carillon::sim {
namespace {

template <class Counts>
struct line {
  std::string_view name;
  std::uint64_t Counts::*number;
};
template <class Counts>
line(std::string_view, std::uint64_t Counts::*) -> line<Counts>;
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
    line{"leaders answered by links", &coverage::affirmed},
    line{"raft messages lost", &coverage::messages_lost},
    line{"raft messages repeated", &coverage::messages_repeated},
    line{"raft messages late", &coverage::messages_late},
    line{"processes started", &coverage::starts},
    line{"faults", &coverage::faults},
    line{"tasks", &coverage::tasks},
};

constexpr std::array move_lines{
    line{"ring views", &move_counts::views},
    line{"moves begun", &move_counts::begun},
    line{"moves done", &move_counts::done},
    line{"moves given up", &move_counts::given_up},
    line{"hosts joined", &move_counts::joins},
    line{"hosts left", &move_counts::left},
    line{"operators obeyed", &move_counts::words},
    line{"operators refused", &move_counts::words_refused},
    line{"two words at once", &move_counts::words_at_once},
};

constexpr std::array sync_lines{
    line{"rounds of a device", &sync_counts::rounds},
    line{"pages of a sync", &sync_counts::answers},
    line{"pages lost on their way", &sync_counts::answers_lost},
    line{"syncs refused", &sync_counts::refused},
    line{"live again with a cursor", &sync_counts::resumes},
    line{"events told by a sync", &sync_counts::told},
    line{"events told live", &sync_counts::told_live},
    line{"letters for inboxes", &sync_counts::letters},
    line{"deliveries to inboxes", &sync_counts::deliveries},
    line{"deliveries that failed", &sync_counts::deliveries_failed},
    line{"deliveries repeated late", &sync_counts::deliveries_repeated},
    line{"projections taken up", &sync_counts::taken_up},
    line{"channels too large", &sync_counts::crossings},
    line{"joins and leaves", &sync_counts::comings},
    line{"mentions counted", &sync_counts::mentions},
};

constexpr std::array disk_lines{
    line{"batches written", &journal::counters::batches},
    line{"syncs", &journal::counters::syncs},
    line{"batches torn by a crash", &journal::counters::torn},
    line{"writes that failed", &journal::counters::failures},
};

constexpr std::array net_lines{
    line{"frames sent", &network::counters::frames},
    line{"frames sent again", &network::counters::resent},
    line{"frames behind a cut", &network::counters::stalled},
    line{"connections made", &network::counters::connections},
    line{"connections broken", &network::counters::broken},
};

template <class Lines, class Counts>
void add_lines(const Lines& all, Counts& to, const Counts& other) {
  for (const auto& each : all)
    to.*each.number += other.*each.number;
}

template <class Lines, class Counts>
void print_lines(std::ostream& to, const Lines& all, const Counts& sum) {
  for (const auto& each : all)
    to << "  " << std::left << std::setw(30) << each.name << std::right << std::setw(14)
       << sum.*each.number << '\n';
}

}  // namespace

void coverage::add(const coverage& other) {
  add_lines(lines, *this, other);
  add_lines(move_lines, moves, other.moves);
  add_lines(sync_lines, sync, other.sync);
  for (std::size_t step = 0; step < move_steps; ++step) {
    moves.reached[step] += other.moves.reached[step];
    for (std::size_t who = 0; who < victims; ++who)
      moves.struck[step][who] += other.moves.struck[step][who];
  }
  add_lines(disk_lines, disk, other.disk);
  add_lines(net_lines, net, other.net);
}

void print(std::ostream& to, const coverage& sum) {
  print_lines(to, lines, sum);
  print_lines(to, disk_lines, sum.disk);
  print_lines(to, net_lines, sum.net);
  if (sum.sync.rounds > 0)
    print_lines(to, sync_lines, sum.sync);
  if (sum.moves.begun == 0)
    return;
  print_lines(to, move_lines, sum.moves);
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
