#include "actors/channel/recent_posts.hpp"

#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {

void recent_posts::remember(std::string client_msg_id, std::uint64_t seq) {
  ENSURE(order_.empty() || order_.back().seq < seq, "posts are remembered in order");
  order_.push_back({std::move(client_msg_id), seq});
  bool is_new = seq_of_.emplace(order_.back().client_msg_id, seq).second;
  ENSURE(is_new, "a client_msg_id appears once");
}

std::optional<std::uint64_t> recent_posts::find(std::string_view client_msg_id) const {
  auto found = seq_of_.find(client_msg_id);
  if (found == seq_of_.end())
    return std::nullopt;
  return found->second;
}

void recent_posts::forget_until(std::uint64_t seq) {
  while (order_.size() > keep_ && order_.front().seq <= seq) {
    seq_of_.erase(order_.front().client_msg_id);
    order_.pop_front();
  }
}

}  // namespace carillon
