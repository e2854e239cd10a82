#include "actors/raft_words.hpp"

namespace carillon {
namespace {

void put(wire::raft_message& to, const raft::message& from) {
  to.set_kind(static_cast<std::uint32_t>(from.kind));
  to.set_from(from.from);
  to.set_to(from.to);
  to.set_term(from.term);
  to.set_index(from.index);
  to.set_log_term(from.log_term);
  for (const raft::entry& entry : from.entries) {
    wire::raft_entry& out = *to.add_entries();
    out.set_term(entry.term);
    out.set_index(entry.index);
    out.set_kind(static_cast<std::uint32_t>(entry.kind));
    if (entry.payload)
      out.set_payload(*entry.payload);
  }
  to.set_commit(from.commit);
  to.set_reject(from.reject);
  to.set_hint(from.hint);
  to.set_context(from.context);
  if (from.kind == raft::message_kind::snapshot) {
    for (auto voter : from.config.voters)
      to.mutable_config()->add_voters(voter);
    for (auto learner : from.config.learners)
      to.mutable_config()->add_learners(learner);
  }
  to.set_force(from.force);
  to.set_acknowledged(from.acknowledged);
}

bool take(raft::message& to, wire::raft_message& from) {
  if (from.kind() > static_cast<std::uint32_t>(raft::message_kind::read_check_reply))
    return false;
  to.kind = static_cast<raft::message_kind>(from.kind());
  to.from = from.from();
  to.to = from.to();
  to.term = from.term();
  to.index = from.index();
  to.log_term = from.log_term();
  to.entries.reserve(static_cast<std::size_t>(from.entries_size()));
  for (wire::raft_entry& entry : *from.mutable_entries()) {
    if (entry.kind() > static_cast<std::uint32_t>(raft::entry_kind::config))
      return false;
    auto kind = static_cast<raft::entry_kind>(entry.kind());
    std::shared_ptr<const std::string> payload;
    if (kind != raft::entry_kind::noop)
      payload = std::make_shared<std::string>(std::move(*entry.mutable_payload()));
    to.entries.push_back({entry.term(), entry.index(), kind, std::move(payload)});
  }
  to.commit = from.commit();
  to.reject = from.reject();
  to.hint = from.hint();
  to.context = from.context();
  to.config.voters.assign(from.config().voters().begin(), from.config().voters().end());
  to.config.learners.assign(from.config().learners().begin(), from.config().learners().end());
  to.force = from.force();
  to.acknowledged = from.acknowledged();
  return true;
}

}  // namespace

std::string encode_raft(const std::vector<raft::message>& messages) {
  wire::raft_batch batch;
  for (const raft::message& message : messages)
    put(*batch.add_messages(), message);
  return batch.SerializeAsString();
}

std::optional<std::vector<raft::message>> decode_raft(std::string_view bytes) {
  wire::raft_batch batch;
  if (!batch.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return std::nullopt;
  std::vector<raft::message> messages(static_cast<std::size_t>(batch.messages_size()));
  for (int i = 0; i < batch.messages_size(); ++i)
    if (!take(messages[static_cast<std::size_t>(i)], *batch.mutable_messages(i)))
      return std::nullopt;
  return messages;
}

}  // namespace carillon
