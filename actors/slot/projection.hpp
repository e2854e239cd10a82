// What a committed command means elsewhere: rows in its members' own slots, and the directory's
// catalogue. Carried out at least once, from a stored cursor; harmless when repeated, because each
// effect carries the sequence or time that makes an older one change nothing (DESIGN section 5:
// projections). Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "runtime/raft/types.hpp"
#include "runtime/wire/api.pb.h"
#include "runtime/wire/event.pb.h"
#include "storage/directory.hpp"

namespace carillon {

struct projection {
  std::vector<wire::user_request> users;            // project_membership or project_friend, one per
                                                    // user concerned
  std::optional<storage::channel_row> catalogue;    // replaces the row, unless it is newer
  std::size_t effects() const { return users.size() + (catalogue ? 1 : 0); }
};

// Empty for the plain message, which concerns nobody else's tables.
projection project(const wire::slot_command& command);

// It tells a user's slot that they are in a channel no more.
inline bool is_leave(const wire::user_request& request) {
  return request.has_membership() && !request.membership().member();
}

// How far the projections have come: the highest index below which everything is done. Effects of
// several commands may be under way at once and finish in any order.
class projection_cursor {
public:
  explicit projection_cursor(raft::log_index done) : seen_(done), done_(done) {}

  // REQUIRES: indexes come in rising order, each once.
  void begin(raft::log_index index, std::size_t effects);
  void finish_one(raft::log_index index);
  // No command up to here is still to begin: what else is in the log concerns nobody's tables.
  void pass(raft::log_index index);

  raft::log_index done() const { return done_; }
  std::size_t under_way() const { return open_.size(); }

private:
  raft::log_index seen_;
  raft::log_index done_;
  std::map<raft::log_index, std::size_t> open_;  // index -> effects left
};

}  // namespace carillon
