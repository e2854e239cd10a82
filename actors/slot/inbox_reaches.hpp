// How far the inboxes of a slot's users hold each channel, as their slot's leader needs it: read from the
// table when a channel first comes, ahead of its commits after that. It cuts from a delivery what came
// before, so that a delivery may come any number of times. A table that lacks what is in the log already
// would let something through twice: it is not read before it has that. Pure but for `read`.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/wire/api.pb.h"
#include "runtime/wire/event.pb.h"

namespace carillon {

class inbox_reaches {
public:
  using reader = std::function<result<std::optional<wire::inbox_reach>>(const entity_id& channel)>;

  explicit inbox_reaches(reader read, std::size_t remembered_max = 4'096)
      : read_(std::move(read)), remembered_max_(remembered_max) {}

  struct log_place {
    raft::log_index applied = 0;  // the tables hold everything up to here
    raft::log_index next = 0;     // where the change that comes of it will be
  };
  // What of it is news, as the change that writes it down; without runs: nothing. What it names counts
  // as written from now on. The caller fills in `position` and `at`.
  // Errors: overloaded (the tables are behind: again in a moment), invalid_arguments (a run that makes no
  // sense), what `read` answers.
  result<wire::inbox_change> take(const wire::inbox_delivery& delivery, const log_place& at);
  // What was taken and not committed was never here. The tables count again when they hold the log up to
  // `end`: at the beginning of each leadership, and when a change was not proposed after all.
  void forget(raft::log_index end);
  // Keeps what was needed last, and what the tables do not hold yet.
  void trim(raft::log_index applied);

private:
  struct known {
    wire::inbox_reach reach;
    raft::log_index position = 0;  // of the change that says so; 0: it was read
    std::list<entity_id>::iterator at;
  };
  result<known*> of(const entity_id& channel);

  reader read_;
  std::size_t remembered_max_;
  raft::log_index end_ = 0;  // see forget()
  std::unordered_map<entity_id, known> known_;
  std::list<entity_id> order_;  // used last stands last
};

}  // namespace carillon
