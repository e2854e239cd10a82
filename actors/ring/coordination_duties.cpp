// How the ring actor's changes of the view get into the meta group's log: at once, or when ZooKeeper has
// taken them.
#include "actors/ring/embedded_coordination.hpp"
#include "actors/ring/meta_actor.hpp"
#include "actors/ring/zookeeper_coordination.hpp"
#include "runtime/ring/ring_delta.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon {

std::unique_ptr<coordination> meta_actor::make_coordination() {
  auto put = [this](const wire::ring_view& next, bool follows, coordination::told then) {
    put_view(next, follows, std::move(then));
  };
  if (!setup_.zookeeper) {
    auto serves = [this]() -> std::optional<std::uint64_t> {
      if (!group().serves())
        return std::nullopt;
      return group().leader().term;
    };
    return std::make_unique<embedded_coordination>(embedded_coordination::house{
        .serves = serves,
        .put = [put](const wire::ring_view& next, coordination::told then) {
          put(next, true, std::move(then));
        }});
  }
  auto made = std::make_unique<zookeeper_coordination>(zookeeper_coordination::house{
      .run =
          [this](bool wants) {
            send(setup_.zookeeper, run_for_ring{wants, caf::actor_cast<caf::actor>(this)});
          },
      .keep = [this](const wire::ring_view& view) { send(setup_.zookeeper, keep_view{view}); },
      .put = put,
      .joined = [this] { send(setup_.zookeeper, joined_ring{}); },
      .self = host_.self});
  zookeeper_ = made.get();
  return made;
}

// `follows`: it came out of the view at hand, so what differs is enough.
void meta_actor::put_view(const wire::ring_view& next, bool follows, coordination::told then) {
  wire::meta_change change;
  if (follows && next.generation() == view_->generation() + 1 &&
      view_->schema_minor() >= wire::ring_in_motion)
    *change.mutable_delta() = delta_of(*view_, next);
  else
    *change.mutable_view() = next;
  propose(std::move(change), [then = std::move(then)](const result<raft::log_index>& index) {
    then(index ? ok : status(index.error()));
  });
}

}  // namespace carillon
