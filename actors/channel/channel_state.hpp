// The thinking half of a channel: what it is, who is in it, where its order ends, who may do what.
// No clock, no disk, no mailbox: channel_actor hands in time and carries out what comes back.
//
// The state runs ahead: it holds everything proposed as if it were committed. A slot commits in the
// order of proposing or loses all that is open, and then the actor starts again from the tables, so
// nothing is ever taken back. What the state says may be told to a client only when everything
// proposed before is committed (channel_actor sees to that; refusals need not wait).
//
// The rules stand by concern: posting.hpp, membership.hpp, properties.hpp, reading.hpp. They decide
// and write down their outcome in a change_draft. Used by one actor at a time; needs no lock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/channel/member_set.hpp"
#include "actors/channel/recent_posts.hpp"
#include "config/settings.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/api.pb.h"
#include "runtime/wire/event.pb.h"
#include "storage/message_store.hpp"

namespace carillon {

// What a request comes to, unless it is refused.
struct channel_decision {
  // To be committed before `reply` is given; null: nothing changes.
  std::shared_ptr<const wire::slot_command> command;
  wire::channel_reply reply;
  // Not 0: a retry; `reply.event` is to be filled with the message posted at this seq.
  std::uint64_t first_seq = 0;
};
using channel_outcome = result<channel_decision>;

class channel_state {
public:
  // A channel that does not exist. `config` must outlive the state.
  channel_state(entity_id id, const settings& config);

  // What the tables hold. REQUIRES: !exists().
  void load(wire::channel_facts facts, const std::vector<wire::channel_member>& members,
            storage::channel_tail tail);

  const entity_id& id() const { return id_; }
  const settings& config() const { return *config_; }
  bool exists() const { return !facts_.id().empty(); }
  const wire::channel_facts& facts() const { return facts_; }
  const member_set& members() const { return members_; }
  std::uint64_t last_seq() const { return last_seq_; }
  timestamp last_ts() const { return last_ts_; }

  // -- rights --
  bool is_member(const wire::caller& by) const;
  bool is_direct() const;  // DM or group DM
  // channel_not_found: no such channel, one of another team, or one that the caller must not know.
  status check_visible(const wire::caller& by) const;
  // The same, or not_in_channel.
  status check_member(const wire::caller& by) const;
  // is_archived; method_not_supported_for_channel_type for DMs.
  status check_changeable() const;
  // not_allowed: neither creator nor admin.
  status check_manages(const wire::caller& by) const;

  // -- what is proposed --
  // overloaded: settings.channel.in_flight_max changes wait for their commit.
  status check_room() const;
  recent_posts& posts() { return posts_; }
  const recent_posts& posts() const { return posts_; }
  // The same for the request_keys of posts.
  recent_posts& request_keys() { return request_keys_; }
  const recent_posts& request_keys() const { return request_keys_; }
  // The oldest open change is committed.
  void committed(const wire::channel_change& change);
  std::uint64_t committed_seq() const { return committed_seq_; }

  // A ts that no event has and none will get; for what is shown and never stored.
  timestamp transient_ts(timestamp now);

private:
  friend class change_draft;

  entity_id id_;
  const settings* config_;
  wire::channel_facts facts_;
  member_set members_;
  std::uint64_t last_seq_ = 0;
  timestamp last_ts_ = 0;
  std::uint64_t committed_seq_ = 0;
  std::uint32_t in_flight_ = 0;
  recent_posts posts_;
  recent_posts request_keys_;
};

// nullopt: not the id of a person or bot.
std::optional<std::uint64_t> user_number(std::string_view user_id);
std::string user_text(std::uint64_t number);

// Unicode characters of a text that is UTF-8.
std::size_t count_characters(std::string_view text);

}  // namespace carillon
