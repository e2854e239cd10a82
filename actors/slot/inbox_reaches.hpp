// How far the inboxes of a slot's users hold each channel, as their slot's leader needs it: read from the
// table when a channel first comes, ahead of its commits after that. It cuts from a delivery what came
// before, so that a delivery may come any number of times. Pure but for `read`.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/api.pb.h"
#include "runtime/wire/event.pb.h"

namespace carillon {

class inbox_reaches {
public:
  using reader = std::function<result<std::optional<wire::inbox_reach>>(const entity_id& channel)>;

  explicit inbox_reaches(reader read, std::size_t remembered_max = 4'096)
      : read_(std::move(read)), remembered_max_(remembered_max) {}

  // What of it is news, as the change that writes it down; without runs: nothing. What it names counts
  // as written from now on. The caller fills in `position` and `at`.
  // Errors: invalid_arguments (a run that makes no sense), what `read` answers.
  result<wire::inbox_change> take(const wire::inbox_delivery& delivery);
  // What was taken and not committed was never here.
  void forget();
  // Keeps what was needed last. REQUIRES: the tables hold all that was taken.
  void trim();

private:
  struct known {
    wire::inbox_reach reach;
    std::list<entity_id>::iterator at;
  };
  result<wire::inbox_reach*> of(const entity_id& channel);

  reader read_;
  std::size_t remembered_max_;
  std::unordered_map<entity_id, known> known_;
  std::list<entity_id> order_;  // used last stands last
};

}  // namespace carillon
