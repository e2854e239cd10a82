// Who leads which slot: what the hosts that answer know of it together, also of a leader that does not
// answer the asked host.
#include <algorithm>

#include "actors/inspect/pictures.hpp"

namespace carillon {
namespace {

// Rather than what is known, whoever says it of itself; of two, the higher term.
bool counts_more(const wire::slot_state& a, const wire::slot_state& b) {
  if (a.leader().empty() != b.leader().empty())
    return b.leader().empty();
  return a.term() != b.term() ? a.term() > b.term() : !a.hearsay() && b.hearsay();
}

}  // namespace

std::vector<wire::slot_state> states_of(
    const google::protobuf::RepeatedPtrField<wire::host_picture>& hosts, int slots) {
  std::vector<wire::slot_state> out(static_cast<std::size_t>(slots));
  for (const wire::host_picture& host : hosts)
    for (const wire::slot_picture& replica : host.slots()) {
      if (replica.slot() >= out.size())
        continue;
      wire::slot_state& state = out[replica.slot()];
      if (!replica.trouble().empty()) {
        std::string trouble = host.name();
        trouble += ": ";
        trouble += replica.trouble();
        state.add_troubles(std::move(trouble));
      }
      const bool itself = replica.role() == "leader";
      // A host that answers says it of itself, or does not lead: what others remember is older.
      const bool answers = std::any_of(hosts.begin(), hosts.end(), [&](const auto& each) {
        return each.name() == replica.leader();
      });
      if (!itself && (replica.leader().empty() || answers))
        continue;
      wire::slot_state said;
      said.set_leader(itself ? host.name() : replica.leader());
      said.set_term(replica.term());
      said.set_serves(itself && replica.serves());
      said.set_hearsay(!itself);
      if (!counts_more(said, state))
        continue;
      said.mutable_troubles()->Swap(state.mutable_troubles());
      state = std::move(said);
    }
  return out;
}

}  // namespace carillon
