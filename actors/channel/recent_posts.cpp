#include "actors/channel/recent_posts.hpp"

#include <algorithm>
#include <bit>
#include <functional>

#include "runtime/base/ensure.hpp"

namespace carillon {

namespace {

constexpr std::size_t places_min = 4;

// The key holds both, with a space between: an author's id holds none.
bool is_key(std::string_view key, std::string_view author, std::string_view client_msg_id) {
  return key.size() == author.size() + 1 + client_msg_id.size() && key[author.size()] == ' ' &&
         key.starts_with(author) && key.ends_with(client_msg_id);
}

std::size_t hash_of(std::string_view author, std::string_view client_msg_id) {
  const std::hash<std::string_view> hash;
  return hash(author) * 0x9e3779b97f4a7c15ULL + hash(client_msg_id);
}

std::size_t hash_of(std::string_view key) {
  const std::size_t space = key.find(' ');
  return hash_of(key.substr(0, space), key.substr(space + 1));
}

}  // namespace

// The place that refers to this post, or the free one where it would. REQUIRES: there are places.
std::size_t recent_posts::table::place_of(std::string_view author,
                                          std::string_view client_msg_id) const {
  const std::size_t mask = places.size() - 1;
  std::size_t place = hash_of(author, client_msg_id) & mask;
  while (places[place] != 0 && !is_key(order[places[place] - 1].key, author, client_msg_id))
    place = (place + 1) & mask;
  return place;
}

// With room for one more.
void recent_posts::table::index_anew() {
  const std::size_t size = std::bit_ceil(std::max(places_min, 2 * (order.size() + 1)));
  places = std::vector<std::uint32_t>(size);
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::size_t place = hash_of(order[i].key) & (size - 1);
    while (places[place] != 0)
      place = (place + 1) & (size - 1);
    places[place] = static_cast<std::uint32_t>(i + 1);
  }
}

void recent_posts::remember(std::string_view author, std::string_view client_msg_id,
                            std::uint64_t seq) {
  if (!all_)
    all_ = std::make_unique<table>();
  auto& [order, places] = *all_;
  ENSURE(order.empty() || order.back().seq < seq, "posts are remembered in order");
  if (2 * (order.size() + 1) > places.size())
    all_->index_anew();
  const std::size_t place = all_->place_of(author, client_msg_id);
  ENSURE(places[place] == 0, "an author's client_msg_id appears once");
  std::string key;
  key.reserve(author.size() + 1 + client_msg_id.size());
  key.append(author).append(1, ' ').append(client_msg_id);
  order.push_back({std::move(key), seq});
  places[place] = static_cast<std::uint32_t>(order.size());
}

std::optional<std::uint64_t> recent_posts::find(std::string_view author,
                                                std::string_view client_msg_id) const {
  if (!all_)
    return std::nullopt;
  const std::uint32_t found = all_->places[all_->place_of(author, client_msg_id)];
  if (found == 0)
    return std::nullopt;
  return all_->order[found - 1].seq;
}

void recent_posts::forget_until(std::uint64_t seq) {
  if (!all_)
    return;
  auto& order = all_->order;
  std::size_t gone = 0;
  while (order.size() - gone > keep_ && order[gone].seq <= seq)
    ++gone;
  if (gone == 0)
    return;
  order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(gone));
  all_->index_anew();
}

}  // namespace carillon
