// Operators' words to the ring actor, wherever it is: the meta group's leader has it.
#include "actors/inspect/inspector_shell.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds patience{3'000};
constexpr std::chrono::milliseconds pause{100};

}  // namespace

void inspector_actor::order_ring(const wire::ring_order& order, reply_then then, int tries) {
  const auto before = view();
  auto again = [=, this](const error& why) {
    if (tries <= 1 || (why.code != errc::not_owner && why.code != errc::timed_out))
      return then(refusal_of(why.code, why.detail));
    delayed_send(this, pause, run_later{[=, this] { order_ring(order, then, tries - 1); }});
  };
  auto answered = [=](const peer_reply_box& reply) {
    if (auto why = reply_error(*reply))
      return again(*why);
    wire::inspect_reply out;
    *out.mutable_ring()->mutable_view() = reply->meta().view();
    *out.mutable_ring()->mutable_before() = *before;
    then(std::move(out));
  };
  auto failed = [=](const caf::error&) { again(make_error(errc::not_owner)); };
  wire::meta_request what;
  *what.mutable_order() = order;
  const raft::member_id leader =
      host_.where ? host_.where->of(host_.where->meta_slot()).leader : host_.self;
  if (leader == host_.self)
    request(host_.meta, patience, meta_request_box(std::move(what))).then(answered, failed);
  else if (leader == 0 || !host_.link)
    again(make_error(errc::not_owner, "nobody leads the ring that this host knows of"));
  else {
    auto out = std::make_shared<wire::peer_request>();
    *out->mutable_meta() = std::move(what);
    request(host_.link, caf::infinite,
            ask_peer{leader, host_.where->meta_slot(), std::move(out), patience})
        .then(answered, failed);
  }
}

}  // namespace carillon
