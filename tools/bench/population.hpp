// Who is in which channel in a workload: people and channels made through the Web API, memberships
// spread evenly. Blocks; one thread: the loop's.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/poster.hpp"
#include "tools/bench/target.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::bench {

struct population {
  std::vector<client::worker> people;
  std::vector<std::string> channels;
  std::size_t members = 0; // of each channel: person_of(channel, i, members, people.size())

  // At least so many places to post, each channel in turn, each time by another of its members: so
  // that posters with numbers of their own are people of their own.
  std::vector<post_place> places(std::size_t at_least) const;
};

// Begins the names of everything that a run makes, different in each run: a host that runs already
// may have had one before.
std::string run_name();

// Names begin with `name`. REQUIRES: 1 <= members <= people. Throws client_error.
population settle(client::event_loop& loop, const target& hosts, std::size_t people,
                  std::size_t channels, std::size_t members, const std::string& name = run_name());

} // namespace carillon::bench
