#include "actors/raft_line.hpp"

#include <algorithm>
#include <utility>

namespace carillon {
namespace {

constexpr unsigned patience_ticks = 2;  // with a host that was asked

}  // namespace

std::vector<raft::message> raft_line::answer(raft::member_id self, raft::term_t followed,
                                             std::vector<raft::message>& messages) {
  std::vector<raft::message> out;
  std::erase_if(messages, [&](const raft::message& each) {
    if (each.kind != raft::message_kind::read_check || each.term == 0 || each.term != followed ||
        each.to != self || each.from == self)
      return false;
    raft::message reply;
    reply.kind = raft::message_kind::read_check_reply;
    reply.from = each.to;
    reply.to = each.from;
    reply.term = each.term;
    reply.context = each.context;
    out.push_back(std::move(reply));
    return true;
  });
  return out;
}

bool raft_line::holds_answer(const std::vector<raft::message>& messages) {
  return std::any_of(messages.begin(), messages.end(), [](const raft::message& each) {
    return each.kind == raft::message_kind::read_check_reply ||
           (each.kind == raft::message_kind::append_reply && each.reject);
  });
}

bool raft_line::may_go(item& question) {
  peer& of = peers_[question.to];
  if (of.mute.contains(question.group))
    return true;
  if (of.out.empty()) {
    of.out = {question.group};
    of.ticks = 0;
    return true;
  }
  of.waiting[question.group] = std::move(question.body);
  return false;
}

void raft_line::next_batch(raft::member_id to, peer& of, std::vector<item>& out) {
  of.out.clear();
  of.ticks = 0;
  for (auto& [group, body] : std::exchange(of.waiting, {})) {
    if (!of.mute.contains(group))
      of.out.insert(group);
    out.push_back({to, group, std::move(body)});
  }
}

std::vector<raft_line::item> raft_line::answered(raft::member_id by, std::uint32_t group) {
  std::vector<item> out;
  const auto of = peers_.find(by);
  if (of == peers_.end())
    return out;
  of->second.mute.erase(group);
  if (of->second.out.contains(group))
    next_batch(by, of->second, out);
  return out;
}

std::vector<raft_line::item> raft_line::tick() {
  std::vector<item> out;
  for (auto& [id, of] : peers_)
    if (!of.out.empty() && ++of.ticks >= patience_ticks) {
      of.mute.merge(of.out);
      next_batch(id, of, out);
    }
  return out;
}

}  // namespace carillon
