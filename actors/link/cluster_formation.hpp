// How hosts with empty disks become a cluster, and how a new one joins those that are one: decided
// anew whenever somebody said hello. Pure.
//
// The first host of the configured list founds the cluster, and only when it sees all of them, none
// founded: so no part of them can found a second one. Everybody else takes the facts from any host
// that has them, if they name it among the founders or a majority of the founders is there: a folder of
// another cluster, left on one host by mistake, must not draw the others with it. A host with an empty
// disk among founded ones does the same: it is a new host, whose store id stands in no group, and never
// votes as the one that had its name.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/random.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon {

// The meta group has so many voters at most; with more hosts, the first of the list.
inline constexpr std::size_t meta_voters_max = 5;

struct formation {
  std::optional<wire::founding_facts> facts;  // to be written down, then told to everyone
  std::string waits_for;                      // while there are none: for people
};

// `hosts`: all names, in the order of the configuration, ours among them. `mine`: our hello, not
// founded. `hello_of`: what a host said on an accepted connection; null: it has none.
formation form_cluster(const std::vector<std::string>& hosts, const wire::peer_hello& mine,
                       const std::function<const wire::peer_hello*(const std::string&)>& hello_of,
                       random_source& random);

}  // namespace carillon
