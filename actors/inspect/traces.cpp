// The part of the inspector that puts one message's trip together: every host tells what it saw by its
// own clock, and tells the time, so that all of it can be shown by one clock.
#include "actors/inspect/inspector_shell.hpp"
#include "actors/inspect/trace_reading.hpp"
#include "actors/inspect/trip.hpp"
#include "actors/operator_post.hpp"
#include "runtime/wire/json.hpp"

namespace carillon {

// Answered with the trace's id, in an otherwise empty picture: the steps are read when it has come to
// its end.
void inspector_actor::post_marked(const marked_post& what, edge::responder answer) {
  if (!parts_.api)
    return answer(inspect_refusal(make_error(errc::shutting_down)));
  auto channel = parse_entity_name(what.channel);
  if (!channel)
    return answer(inspect_refusal(channel.error()));
  if (channel->is_called())
    return with_id(std::move(*channel), [=, this](const result<entity_name>& known) {
      if (!known)
        return answer(inspect_refusal(known.error()));
      post_marked({known->text(), what.text, what.as_user}, answer);
    });
  const trace_id trace = next_trace(true).trace;
  send(parts_.api, operator_post{channel->id.text(), what.text, what.as_user, trace,
                                 [trace, answer = std::move(answer)](edge::http_response said) {
                                   // Slack refuses with 200.
                                   if (said.body.find(R"("ok":true)") == std::string::npos) {
                                     said.status = said.status == 200 ? 400 : said.status;
                                     return answer(std::move(said));
                                   }
                                   wire::inspect_reply reply;
                                   reply.mutable_trace()->set_trace(trace);
                                   said.body = wire::to_json(reply);
                                   answer(std::move(said));
                                 }});
}

std::size_t inspector_actor::replicas_of(const entity_id& channel) const {
  const auto now = view();
  const auto slot = static_cast<int>(host_.slot_of(channel));
  return slot < now->slots_size() ? static_cast<std::size_t>(now->slots(slot).replicas_size()) : 0;
}

void inspector_actor::look_at_trace(const wire::read_trace& asked, bool here,
                                    std::function<void(wire::trace_picture)> then) {
  if (here || asked.this_host())
    return read_trace_here(this, host_, asked.trace(), std::move(then));
  struct collected {
    std::vector<host_answer> clocks;
    std::vector<host_answer> traces;
    wire::trace_picture mine;
    int left = 3;
  };
  auto all = std::make_shared<collected>();
  auto done = [this, all, then = std::move(then)] {
    if (--all->left > 0)
      return;
    trip_facts facts{own_name(host_.config), {}, 0};
    std::vector<wire::trace_picture> parts{std::move(all->mine)};
    for (std::size_t i = 0; i < all->traces.size(); ++i) {  // both in the order of peers()
      host_answer& said = all->traces[i];
      if (said.reply.errc() != 0 || !said.reply.has_trace())
        continue;
      const host_answer& clock = all->clocks[i];
      if (clock.reply.errc() == 0 && clock.reply.has_host())
        facts.samples.push_back(
            {clock.host, clock.asked_at, clock.answered_at, clock.reply.host().now()});
      parts.push_back(std::move(*said.reply.mutable_trace()));
    }
    for (const wire::trace_picture& part : parts)
      if (const auto channel = entity_id::parse(part.channel()))
        facts.replicas = replicas_of(*channel);
    then(whole_trip(parts, facts));
  };
  // A question of its own for the clocks: it is answered at once, so its round trip is short.
  wire::inspect_request clock;
  clock.mutable_host();
  ask_peers(clock, [all, done](std::vector<host_answer> said) {
    all->clocks = std::move(said);
    done();
  });
  wire::inspect_request what;
  *what.mutable_trace() = asked;
  what.mutable_trace()->set_this_host(true);
  ask_peers(what, [all, done](std::vector<host_answer> said) {
    all->traces = std::move(said);
    done();
  });
  read_trace_here(this, host_, asked.trace(), [all, done](wire::trace_picture mine) {
    all->mine = std::move(mine);
    done();
  });
}

}  // namespace carillon
