#include "actors/link/cluster_formation.hpp"

#include <algorithm>

namespace carillon {
namespace {

// Facts that nobody could have founded are nobody's facts.
bool is_complete(const wire::founding_facts& facts) {
  return facts.cluster_id() != 0 && facts.meta_voters_size() > 0 && facts.slots() > 0;
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
  std::vector<std::uint64_t> voters;
  for (const std::string& name : hosts) {
    const wire::peer_hello* hello = name == me ? &mine : hello_of(name);
    if (!hello) {
      missing.push_back(name);
      continue;
    }
    if (is_complete(hello->founding())) {
      out.facts = hello->founding();
      return out;
    }
    if (voters.size() < meta_voters_max)
      voters.push_back(hello->member().store_id());
  }
  if (!missing.empty()) {
    out.waits_for = "not there yet: " + joined(missing);
    return out;
  }
  if (hosts.front() != me) {
    out.waits_for = "all hosts are there; " + hosts.front() + " founds the cluster";
    return out;
  }
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
