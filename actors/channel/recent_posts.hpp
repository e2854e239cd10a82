// The client_msg_ids, or the request_keys, of a channel's newest posts, so that a quick retry is
// recognised without a read. Older ones are found in the tables; so an id may be forgotten only when the tables hold its
// message: channel_actor asks the slot before it calls forget_until. Costs nothing while empty.
// Has one owner; moves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

class recent_posts {
public:
  // keep: how many ids stay when older ones may be forgotten.
  explicit recent_posts(std::uint32_t keep) : keep_(keep) {}

  // REQUIRES: seq is higher than of every id remembered before; the id is not remembered.
  void remember(std::string_view author, std::string_view client_msg_id, std::uint64_t seq);

  // The seq of the post with this id.
  std::optional<std::uint64_t> find(std::string_view author, std::string_view client_msg_id) const;

  // Time to ask the slot how far the tables are: once per `keep` posts.
  bool is_overfull() const { return size() > std::size_t{2} * keep_; }

  // The tables hold everything up to this seq: the oldest go, `keep` stay.
  void forget_until(std::uint64_t seq);

  std::size_t size() const { return all_ ? all_->order.size() : 0; }

private:
  struct post {
    std::string key;  // author and client_msg_id
    std::uint64_t seq = 0;
  };
  struct table {
    std::vector<post> order;  // rising seq
    // Where in `order` a key is, plus one, from the place of its hash on; 0: free. A power of two, at
    // most half of it taken; made anew when posts are forgotten. Half the memory of a map and a list.
    std::vector<std::uint32_t> places = {};

    std::size_t place_of(std::string_view author, std::string_view client_msg_id) const;
    void index_anew();
  };

  std::unique_ptr<table> all_;  // null: nothing was ever remembered, as in most channels
  std::uint32_t keep_;
};

}  // namespace carillon
