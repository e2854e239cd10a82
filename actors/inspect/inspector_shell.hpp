// The inspector's actor, in some files by what is asked: inspector_actor.cpp (who asks, and the
// second's reading), hosts.cpp (hosts and the cluster), called.cpp, entities.cpp,
// ring.cpp, surroundings.cpp, sessions.cpp, tops.cpp, traces.cpp.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/ask.hpp"
#include "actors/ask_watch.hpp"
#include "actors/describing.hpp"
#include "actors/inspect/entity_name.hpp"
#include "actors/inspect/gathering.hpp"
#include "actors/inspect/host_history.hpp"
#include "actors/inspect/inspector_actor.hpp"
#include "actors/inspect/pictures.hpp"
#include "actors/measured_actor.hpp"
#include "runtime/base/random.hpp"

namespace carillon {

inline wire::inspect_reply refusal_of(errc why, std::string words) {
  wire::inspect_reply out;
  set_error(out, make_error(why, std::move(words)));
  return out;
}
inline wire::inspect_reply reply_of(wire::entity_picture picture) {
  wire::inspect_reply out;
  *out.mutable_entity() = std::move(picture);
  return out;
}

class inspector_actor final : public measured_actor {
public:
  inspector_actor(caf::actor_config& config, const host_services& host);

  const char* name() const override { return "inspector"; }
  caf::behavior make_behavior() override;

  ask_watch asks;

private:
  using reply_then = std::function<void(wire::inspect_reply)>;
  struct peer {
    std::string name;
    raft::member_id id = 0;  // 0: no member has that name
  };

  // -- who asks (inspector_actor.cpp) --
  // `here`: another inspector asks, which has done or will do the rest itself.
  void inspect(const wire::inspect_request& what, bool here, reply_then then);
  void answer_call(const wire::inspect_request& what, edge::responder answer);
  void show_live();
  void take_reading();

  // -- hosts and the cluster (hosts.cpp) --
  void look_at_host(const wire::inspect_host& asked, std::function<void(wire::host_picture)> then);
  wire::host_picture host_at_once(bool history) const;
  void look_at_cluster(bool slots, std::function<void(wire::cluster_picture)> then);
  std::vector<peer> peers() const;  // all other hosts of the configuration and of the ring
  void ask_peer_host(const peer& whom, wire::inspect_request what, reply_then then);
  // All other hosts; an answer for each, in the order of peers().
  void ask_peers(const wire::inspect_request& what,
                 std::function<void(std::vector<host_answer>)> then);
  std::shared_ptr<const wire::ring_view> view() const;

  // -- whom a name means (called.cpp) --
  // The same with its id, from the directory. REQUIRES: name.is_called(). Errors: not_found,
  // timed_out, and the directory's own.
  void with_id(entity_name name, std::function<void(const result<entity_name>&)> then);

  // -- what its leader cannot say of an entity (surroundings.cpp) --
  void look_around_entity(const wire::inspect_entity& asked, bool here, reply_then then);
  void add_copies_of(wire::inspect_reply reply, reply_then then);
  void add_last_end(wire::inspect_reply reply, reply_then then);

  // -- the ring (ring.cpp) --
  void order_ring(const wire::ring_order& order, reply_then then, int tries);

  // -- one entity (entities.cpp) --
  void look_at_entity(const wire::inspect_entity& asked, bool here, reply_then then);
  // Here or at the host that leads the slot, again for a while when it is led by nobody or elsewhere.
  void ask_leader(slot_id slot, wire::inspect_request what, bool here,
                  std::function<void(reply_then)> ask_here, reply_then then, int tries);
  void look_at_slot_here(slot_id slot, reply_then then);
  void look_at_entity_here(const entity_id& id, const wire::inspect_entity& asked, bool must_lead,
                           reply_then then);
  void look_at_hub(reply_then then);
  void look_at_session(edge::connection_id connection, reply_then then);
  void look_at_ended(edge::connection_id connection, const reply_then& then) const;
  wire::ended_session told(wire::ended_session ended) const;  // with host and words
  void look_at_sessions(const entity_id& user, const wire::inspect_request& what, bool here,
                        reply_then then);
  // None named: the `most` of each I/O thread that wait longest.
  void look_at_connections(const std::vector<edge::connection_id>& only, std::size_t most,
                           std::function<void(std::vector<wire::session_details>)> then);
  wire::session_details details_of(const edge::connection_picture& seen) const;
  wire::entity_picture picture_of(wire::session_details session) const;
  void carry_out(const wire::operate& wish, bool here, reply_then then);

  // -- what is busiest (tops.cpp) --
  void look_at_top(const wire::inspect_top& asked, bool here,
                   std::function<void(wire::top_picture)> then);
  void look_at_top_here(std::uint32_t limit, std::function<void(wire::top_picture)> then);
  wire::top_picture top_at_once() const;

  // -- one message's trip (traces.cpp) --
  void post_marked(const marked_post& what, edge::responder answer);
  std::size_t replicas_of(const entity_id& channel) const;  // 0: not known
  void look_at_trace(const wire::read_trace& asked, bool here,
                     std::function<void(wire::trace_picture)> then);

  const host_services& host_;
  const timestamp started_;
  inspector_parts parts_;
  host_history history_;
  std::set<edge::connection_id> live_;
  bool showing_ = false;  // a live picture is being made
};

}  // namespace carillon
