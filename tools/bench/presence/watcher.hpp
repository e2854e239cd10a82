// What one client of the presence workload believes of those whom it watches. Who that is follows from
// its number: everybody watches as many as everybody else, spread over all. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/ids.hpp"

namespace carillon::bench {

// People are numbered from 0; `watched` of them by each. REQUIRES: watched < people.
struct watch_shape {
  std::size_t people = 0;
  std::size_t watched = 0;

  std::size_t stride() const { return people / watched; }
  std::size_t person(std::size_t who, std::size_t place) const {
    return (who + 1 + place * stride()) % people;
  }
  // Where `person` stands in the list of `who`; nullopt: nowhere.
  std::optional<std::size_t> place(std::size_t who, std::size_t person) const {
    const std::size_t far = (person + people - who - 1) % people;
    return far % stride() == 0 && far / stride() < watched ? std::optional(far / stride()) : std::nullopt;
  }
};

class watcher {
public:
  enum class seen : std::uint8_t { nothing, away, active };

  watcher(const watch_shape& shape, std::size_t number) : shape_(shape), number_(number) {}

  // A frame of any kind; users by their numbers in ids. How many users it told of; 0: it is no
  // presence_change.
  std::size_t hear(std::string_view payload, const std::unordered_map<entity_id, std::size_t>& numbers);
  // It is connected anew and knows nothing.
  void forget() { view_.assign(shape_.watched, seen::nothing); }
  // How many of those whom it watches it sees otherwise than they are.
  template <class Truth>
  std::size_t wrong(Truth is_active) const {
    std::size_t out = 0;
    for (std::size_t place = 0; place < view_.size(); ++place)
      out += view_[place] != (is_active(shape_.person(number_, place)) ? seen::active : seen::away);
    return out;
  }

private:
  watch_shape shape_;
  std::size_t number_;
  std::vector<seen> view_;
};

}  // namespace carillon::bench
