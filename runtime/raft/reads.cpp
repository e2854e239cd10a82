// Reads that see every write acknowledged before them, without an entry in the log: section 6.4.
// The index is fixed when the read is asked; then a majority must say that they still follow us.
// Everything asked while a ready was out shares one round.
// A round asks everybody, and the fastest majority answers it. A group that is read often asks only as many
// as make a majority with us: each question is a message to a host and one back, and where many
// people come back at once they were a third of what that costs. Who is asked then and says nothing costs a
// tick, after which everybody is asked again.
#include <algorithm>
#include <tuple>

#include "runtime/raft/raft.hpp"

namespace carillon::raft {

void raft::read_index(std::uint64_t context) {
  if (role_ != role::leader) {
    reads_done_.push_back({.context = context, .index = 0});
    return;
  }
  // Everything that earlier leaders committed stands below the first entry of our own term, so a
  // read that comes before that one is committed waits for it (section 6.4, step 1).
  pending_reads_.push_back(
      {.context = context, .index = std::max(commit_, first_own_), .round = 0});
}

void raft::start_read_round(std::vector<message>& out) {
  if (pending_reads_.empty() || pending_reads_.back().round != 0)
    return;
  ++read_round_;
  for (auto read = pending_reads_.rbegin(); read != pending_reads_.rend() && read->round == 0;
       ++read)
    read->round = read_round_;
  send_read_checks(out, ++rounds_in_tick_ <= how_.reads_of_all ? others_.size() : missing_for_reads());
  confirm_reads();  // a single voter needs nobody's word
}

// How many others make a majority with us, if we vote.
std::size_t raft::missing_for_reads() const {
  return members_.who_votes().majority() - (is_voter() ? 1 : 0);
}

// Of this round, to at most so many of those who have not confirmed it: who was heard lately first, of these who
// confirmed the latest round, of these who comes next after us, so that leaders ask different ones.
void raft::send_read_checks(std::vector<message>& out, std::size_t most) {
  read_ticks_ = 0;
  std::vector<progress*> open;
  for (progress& to : others_)
    if (members_.is_voter(to.id) && !to.lost && to.read_round != read_round_)
      open.push_back(&to);
  reads_of_all_asked_ = most >= open.size();
  if (!reads_of_all_asked_) {
    const auto rank = [this](const progress& to) {
      return std::tuple(to.silent > 1, ~to.read_round, to.id < how_.self, to.id);
    };
    std::sort(open.begin(), open.end(), [&rank](auto* a, auto* b) { return rank(*a) < rank(*b); });
    open.resize(most);
  }
  for (const progress* to : open) {
    message m = to_member(to->id, message_kind::read_check);
    m.context = read_round_;
    out.push_back(std::move(m));
  }
}

// The answer says that we gave no newer leader our vote until now. It leaves without the disk: what
// a crash makes us forget are newer terms, never older ones.
void raft::on_read_check(const message& m) {
  if (!follow(m))
    return;
  message reply = to_member(m.from, message_kind::read_check_reply);
  reply.context = m.context;
  at_once_.push_back(std::move(reply));
}

void raft::on_read_check_reply(const message& m) {
  progress* from = find(m.from);
  if (role_ != role::leader || !from || m.context > read_round_)
    return;
  from->read_round = std::max(from->read_round, m.context);
  confirm_reads();
}

void raft::confirm_reads() {
  std::vector<std::uint64_t> reached;
  for (member_id id : members_.who_votes().members()) {
    const progress* at = find(id);
    reached.push_back(id == how_.self ? read_round_ : at->read_round);
  }
  std::uint64_t confirmed = members_.who_votes().reached_by_majority(reached);
  while (!pending_reads_.empty() && pending_reads_.front().round != 0 &&
         pending_reads_.front().round <= confirmed) {
    const pending_read& read = pending_reads_.front();
    reads_done_.push_back({.context = read.context, .index = read.index});
    pending_reads_.pop_front();
  }
}

void raft::refuse_reads() {
  for (const pending_read& read : pending_reads_)
    reads_done_.push_back({.context = read.context, .index = 0});
  pending_reads_.clear();
}

}  // namespace carillon::raft
