#include "tools/sim/inbox_taker.hpp"

#include <utility>

#include "runtime/base/ensure.hpp"
#include "storage/inbox_store.hpp"

namespace carillon::sim {
namespace {

void refuse(const user_answer& answer, const error& why) {
  wire::user_reply reply;
  reply.set_errc(static_cast<std::uint32_t>(why.code) + 1);
  answer(std::move(reply));
}

}  // namespace

inbox_taker::inbox_taker(house of)
    : of_(std::move(of)), reaches_(
                              [this](const entity_id& channel) {
                                return storage::inbox_store(of_.rows, of_.number).reach(channel);
                              },
                              2) {}

void inbox_taker::begin() {
  reaches_.forget(of_.group.core().last_index());
}

void inbox_taker::take(const wire::inbox_delivery& delivery, user_answer answer) {
  const raft::log_index position = of_.group.core().last_index() + 1;
  auto news = reaches_.take(delivery, {.applied = of_.group.applied(), .next = position});
  if (!news)
    return refuse(answer, news.error());
  if (news->runs().empty()) {  // it was taken before; perhaps that is not committed yet
    if (open_.empty())
      return answer({});
    open_.push_back({open_.back().tag, std::move(answer)});
    return;
  }
  auto command = std::make_shared<wire::slot_command>();
  *command->mutable_inbox() = std::move(*news);
  command->mutable_inbox()->set_position(position);
  command->mutable_inbox()->set_at(of_.wall_now());
  std::uint64_t tag = 0;
  auto index = of_.propose(std::move(command), tag);
  if (!index) {
    reaches_.forget(of_.group.core().last_index());
    return refuse(answer, index.error());
  }
  ENSURE(*index == position, "a proposal is the log's next entry");
  open_.push_back({tag, std::move(answer)});
}

void inbox_taker::answer_committed() {
  while (!open_.empty() && open_.front().tag <= committed_tag_) {
    const user_answer answer = std::move(open_.front().answer);
    open_.pop_front();
    answer({});
  }
  reaches_.trim(of_.group.applied());
}

void inbox_taker::refuse_all(const error& why) {
  for (auto& open : std::exchange(open_, {}))
    refuse(open.answer, why);
  reaches_.forget(of_.group.core().last_index());
}

}  // namespace carillon::sim
