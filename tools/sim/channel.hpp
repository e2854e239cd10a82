// A channel as its actor keeps it (actors/channel/channel_actor.cpp, actors/entity_actor.hpp) without
// the actor: channel_state and its rules decide, this carries out. Every request is answered once:
// with what was committed, or with why not.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "actors/channel/channel_state.hpp"
#include "config/settings.hpp"
#include "runtime/wire/api.pb.h"
#include "storage/message_store.hpp"

namespace carillon::sim {

using channel_request = std::shared_ptr<const wire::channel_request>;
using channel_answer = std::function<void(wire::channel_reply)>;

// What a channel asks of its slot.
class channel_house {
public:
  virtual ~channel_house() = default;
  virtual timestamp wall_now() = 0;
  virtual const storage::message_store& tables() = 0;
  virtual const settings& config() = 0;
  // entity_committed or proposals_lost follows, as with the real slot.
  virtual void propose(const entity_id& channel, std::shared_ptr<const wire::slot_command> command,
                       std::uint64_t cookie) = 0;
  // `then(true)` when everything committed by now is in the tables and the leadership is confirmed;
  // `then(false)` when it is lost.
  virtual void when_readable(std::function<void(bool)> then) = 0;
  // The channel cannot go on: end() it, and start again from the tables with the next request.
  virtual void drop(const entity_id& channel) = 0;
  virtual void found_damage(const error& what) = 0;  // if it is that: a record is not what was written
  virtual void note_duplicate() = 0;  // for the coverage table
  virtual bool answers_before_commit() const = 0;  // a lie, for the tests of the checks
};

class channel {
public:
  channel(entity_id id, channel_house& house);
  // Everyone who still waits hears `why`.
  void end(const error& why);

  void request(const channel_request& request, channel_answer answer);
  void committed(std::uint64_t cookie);
  bool is_idle() const { return open_.empty() && in_flight_.empty(); }

private:
  using ticket = std::uint64_t;

  void serve(ticket open, const channel_request& request);
  void post(ticket open, const channel_request& request);
  void edit(ticket open, const channel_request& request);
  void history(ticket open, const channel_request& request);
  void answer_first_post(ticket open, channel_decision decision);
  void carry_out(ticket open, channel_outcome outcome);
  void forget_old();
  void when_settled(std::function<void()> then);
  void answer(ticket open, wire::channel_reply reply);
  void refuse(ticket open, const error& why);
  void refuse_leading(ticket open, const error& why);
  // Runs `work` when the tables can be read, unless this channel is gone by then.
  void when_readable(std::function<void()> work);

  const entity_id id_;
  channel_house& house_;
  channel_state state_;
  std::optional<error> load_failure_;
  std::map<ticket, channel_answer> open_;
  std::map<std::uint64_t, std::vector<std::function<void()>>> in_flight_;  // by cookie
  std::map<timestamp, std::vector<std::pair<ticket, channel_request>>> edits_;
  bool forgetting_ = false;
  std::uint64_t last_ = 0;  // ticket or cookie
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace carillon::sim
