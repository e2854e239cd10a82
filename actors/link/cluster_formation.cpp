#include "actors/link/cluster_formation.hpp"

#include <algorithm>

namespace carillon {
namespace {

// Facts that nobody could have founded are nobody's facts.
bool is_complete(const wire::founding_facts& facts) {
  return facts.cluster_id() != 0 && facts.meta_voters_size() > 0 && facts.slots() > 0;
}

// Facts are taken by whom they name, or on the word of a majority of those they name: a folder of some
// other cluster that was put here by mistake speaks for nobody who is there.
bool is_confirmed(const wire::founding_facts& facts,
                  const std::vector<std::uint64_t>& there, std::uint64_t me) {
  const auto& voters = facts.meta_voters();
  auto is_voter = [&](std::uint64_t id) {
    return std::find(voters.begin(), voters.end(), id) != voters.end();
  };
  return is_voter(me) ||
         std::count_if(there.begin(), there.end(), is_voter) * 2 > facts.meta_voters_size();
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty())
      out += ", ";
    out += name;
  }
  return out;
}

}  // namespace

formation form_cluster(const std::vector<std::string>& hosts, const wire::peer_hello& mine,
                       const std::function<const wire::peer_hello*(const std::string&)>& hello_of,
                       random_source& random) {
  formation out;
  const std::string& me = mine.member().name();
  std::vector<std::string> missing;
  std::vector<std::uint64_t> there;  // store ids, in the order of the list
  std::vector<const wire::peer_hello*> founded;
  for (const std::string& name : hosts) {
    const wire::peer_hello* hello = name == me ? &mine : hello_of(name);
    if (!hello) {
      missing.push_back(name);
      continue;
    }
    there.push_back(hello->member().store_id());
    if (is_complete(hello->founding()))
      founded.push_back(hello);
  }
  for (const wire::peer_hello* hello : founded)
    if (is_confirmed(hello->founding(), there, mine.member().store_id())) {
      out.facts = hello->founding();
      return out;
    }
  if (!founded.empty()) {
    out.waits_for = founded.front()->member().name();
    out.waits_for += " is of a cluster most of whose founders are not here; if its data folder is of "
                     "another cluster, empty it";
    return out;
  }
  if (!missing.empty()) {
    out.waits_for = "not there yet: " + joined(missing);
    return out;
  }
  if (hosts.front() != me) {
    out.waits_for = "all hosts are there; " + hosts.front() + " founds the cluster";
    return out;
  }
  std::vector<std::uint64_t> voters(
      there.begin(), there.begin() + static_cast<std::ptrdiff_t>(std::min(there.size(), meta_voters_max)));
  std::sort(voters.begin(), voters.end());
  out.facts.emplace();
  while (out.facts->cluster_id() == 0)
    out.facts->set_cluster_id(random.next());
  for (std::uint64_t voter : voters)
    out.facts->add_meta_voters(voter);
  out.facts->set_slots(mine.slots());
  return out;
}

}  // namespace carillon
