// The client_msg_ids, or the request_keys, of a channel's newest posts, so that a quick retry is
// recognised without a read. Older ones are found in the tables; so an id may be forgotten only when the tables hold its
// message: channel_actor asks the slot before it calls forget_until. Costs nothing while empty.
// A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

class recent_posts {
public:
  // keep: how many ids stay when older ones may be forgotten.
  explicit recent_posts(std::size_t keep) : keep_(keep) {}

  // REQUIRES: seq is higher than of every id remembered before; the id is not remembered.
  void remember(std::string_view author, std::string_view client_msg_id, std::uint64_t seq);

  // The seq of the post with this id.
  std::optional<std::uint64_t> find(std::string_view author, std::string_view client_msg_id) const;

  // Time to ask the slot how far the tables are: once per `keep` posts.
  bool is_overfull() const { return order_.size() > 2 * keep_; }

  // The tables hold everything up to this seq: the oldest go, `keep` stay.
  void forget_until(std::uint64_t seq);

  std::size_t size() const { return order_.size(); }

private:
  struct post {
    std::string key;  // author and client_msg_id
    std::uint64_t seq = 0;
  };
  std::size_t place_of(std::string_view author, std::string_view client_msg_id) const;
  void index_anew();

  std::size_t keep_;
  std::vector<post> order_;  // rising seq
  // Where in order_ a key is, plus one, from the place of its hash on; 0: free. A power of two, at most
  // half of it taken; made anew when posts are forgotten. Half the memory of a map beside the list.
  std::vector<std::uint32_t> places_;
};

}  // namespace carillon
