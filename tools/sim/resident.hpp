// What is awake in a simulated slot, a channel or a user, and what it asks of its slot: the shell of
// actors/entity_actor.hpp without the actor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "config/settings.hpp"
#include "runtime/base/random.hpp"
#include "runtime/wire/api.pb.h"
#include "storage/message_store.hpp"
#include "tools/sim/timeline.hpp"

namespace carillon::sim {

class resident {
public:
  virtual ~resident() = default;
  virtual void committed(std::uint64_t cookie) = 0;
  // Everyone who still waits hears `why`.
  virtual void end(const error& why) = 0;
  virtual bool is_idle() const = 0;
};

class entity_house {
public:
  virtual ~entity_house() = default;
  virtual timestamp wall_now() = 0;
  virtual const storage::message_store& tables() = 0;
  virtual const storage::kv& rows() = 0;
  virtual const settings& config() = 0;
  virtual random_source& chance() = 0;
  virtual void later(sim_time delay, task&& what) = 0;
  // committed() or end() follows, as with the real slot.
  virtual void propose(const entity_id& from, std::shared_ptr<const wire::slot_command> command,
                       std::uint64_t cookie) = 0;
  // `then(true)` when everything committed by now is in the tables and the leadership is confirmed;
  // `then(false)` when it is lost.
  virtual void when_readable(std::function<void(bool)> then) = 0;
  // The entity cannot go on: end() it, and start again from the tables with the next request.
  virtual void drop(const entity_id& which) = 0;
  virtual void found_damage(const error& what) = 0;  // if it is that: a record is not what was written
  virtual void note_duplicate() = 0;  // for the coverage table
  virtual bool answers_before_commit() const = 0;  // a lie, for the tests of the checks
  // To the hubs of all hosts.
  virtual void tell_membership(const entity_id& user, const wire::project_membership& what) = 0;
};

}  // namespace carillon::sim
