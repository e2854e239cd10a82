// The thinking half of a user: which channels they are in, how far each is read, which DMs they
// keep open, whether they chose to be away, which devices read their inbox. Presence itself is
// presence_state's. No clock, no disk, no mailbox. Runs ahead of its commits as channel_state does: what is proposed counts as committed
// here, and is told when it is.
//
// Memberships are decided by channels; here they are rows that follow (project_membership, at least
// once, in any order), ordered by the seq of the join or leave. Used by one actor at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/api.pb.h"
#include "runtime/wire/event.pb.h"

namespace carillon {

// What a request comes to, unless it is refused. Carry out: command, and after its commit reply.
struct user_decision {
  std::shared_ptr<const wire::slot_command> command;  // null: nothing changes
  wire::user_reply reply;
};
using user_outcome = result<user_decision>;

class user_state {
public:
  explicit user_state(entity_id id) : id_(id) {}

  // What the tables hold. Settings come first; rows only when a request needs them.
  void load_settings(wire::user_settings settings) { settings_ = std::move(settings); }
  void load_channels(const std::vector<wire::user_channel>& rows);

  void load_devices(const std::vector<wire::user_device>& rows);

  const wire::user_settings& settings() const { return settings_; }
  std::size_t channel_count() const { return rows_.size(); }  // loaded rows, left channels too

  // An older or equal seq changes nothing and says `already`.
  user_outcome project(const wire::project_membership& membership);

  // Sets last_read, forwards or back. not_in_channel: not a member.
  user_outcome mark(const wire::mark_channel& request);

  // Shows or hides a DM. channel_not_found: no such row;
  // method_not_supported_for_channel_type: not a DM.
  user_outcome open(const wire::open_channel& request);

  user_outcome choose_away(const wire::choose_away& request, timestamp now);

  // A device reads the inbox. unknown_device: it does not begin, and is not known (any more). One more
  // than `most`, and that which was not seen for longest is forgotten.
  user_outcome see_device(const wire::read_inbox& request, timestamp now, std::size_t most);
  user_outcome forget_device(const wire::forget_device& request);
  user_decision list_devices() const;  // by name
  // Writes down when the user was last active; without a command if that is known already.
  user_decision note_active(timestamp when);

  // Rows in the order of their ids.
  user_decision list(const wire::list_channels& request) const;
  // The row, or none.
  user_decision get(const wire::get_channel& request) const;

private:
  struct row {
    wire::channel_kind kind = wire::CHANNEL_UNKNOWN;
    bool open = false;
    bool member = false;
    timestamp last_read = 0;
    std::uint64_t joined_seq = 0;
    entity_id peer;
  };

  timestamp last_seen(const wire::user_device& device) const;
  static wire::user_channel row_text(const entity_id& channel, const row& of);
  row* find(const std::string& channel_id);
  const row* find(const std::string& channel_id) const;
  user_decision write(const entity_id& channel, const row& changed) const;

  entity_id id_;
  wire::user_settings settings_;
  std::map<entity_id, row> rows_;
  std::map<std::string, wire::user_device> devices_;  // by name
  std::map<std::string, timestamp> seen_;  // of those, since this actor began
};

}  // namespace carillon
