#include "actors/channel/recent_posts.hpp"

#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {

namespace {

// As the table's key: an author's id holds no space.
std::string key_of(std::string_view author, std::string_view client_msg_id) {
  std::string key(author);
  key += ' ';
  key.append(client_msg_id);
  return key;
}

}  // namespace

void recent_posts::remember(std::string_view author, std::string_view client_msg_id,
                            std::uint64_t seq) {
  ENSURE(order_.empty() || order_.back().seq < seq, "posts are remembered in order");
  order_.push_back({key_of(author, client_msg_id), seq});
  bool is_new = seq_of_.emplace(order_.back().key, seq).second;
  ENSURE(is_new, "an author's client_msg_id appears once");
}

std::optional<std::uint64_t> recent_posts::find(std::string_view author,
                                                std::string_view client_msg_id) const {
  auto found = seq_of_.find(key_of(author, client_msg_id));
  if (found == seq_of_.end())
    return std::nullopt;
  return found->second;
}

void recent_posts::forget_until(std::uint64_t seq) {
  while (order_.size() > keep_ && order_.front().seq <= seq) {
    seq_of_.erase(order_.front().key);
    order_.pop_front();
  }
}

}  // namespace carillon
