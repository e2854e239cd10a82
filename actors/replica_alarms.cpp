// What a replica tells an operator: disks that did not keep what they acknowledged, and hosts that
// contradict one another. In words that say what to do.
#include "actors/replica.hpp"

namespace carillon {

void replica::sound_alarms(const raft::ready& from) {
  const auto say = [this](raft::member_id host, std::string words) {
    out_.alarms.push_back({host, std::move(words)});
  };
  const auto lost = [&](raft::member_id host, raft::log_index acknowledged) {
    std::string words = "has lost entries that it acknowledged, up to ";
    words += std::to_string(acknowledged);
    words += " (an older copy of its data folder, or a disk that does not keep what it says it keeps):"
             " it votes for nobody in this group until it has them again";
    say(host, std::move(words));
  };
  if (from.log_lost)
    lost(how_.raft.self, *from.log_lost);
  for (const raft::lost_log& other : from.others_lost)
    lost(other.who, other.acknowledged);
  if (!from.contradicted)
    return;
  const raft::contradiction& why = *from.contradicted;
  std::string words;
  if (why.index != 0) {
    words = "says that entry ";
    words += std::to_string(why.index);
    words += " is of term ";
    words += std::to_string(why.theirs);
    words += ", and the one that is committed here is of term ";
    words += std::to_string(why.ours);
  } else {
    words = "leads in term ";
    words += std::to_string(why.theirs);
    words += ", in which this host was elected";
  }
  words += ". This host takes no further part in this group. A host has forgotten what it promised:"
           " stop the one on which an older copy of the data folder was put back, empty its data"
           " folder and start it, so that it joins as a new host; then restart this one";
  say(why.from, std::move(words));
}

}  // namespace carillon
