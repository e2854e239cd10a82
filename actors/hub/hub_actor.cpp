#include "actors/hub/hub_actor.hpp"

#include <algorithm>

#include "actors/describing.hpp"
#include "actors/hub/hub_shell.hpp"
#include "actors/notify.hpp"
#include "actors/slack_json.hpp"
#include "actors/stop_on_exception.hpp"
#include "actors/trace_notes.hpp"

namespace carillon {
namespace {

constexpr std::chrono::seconds pages_kept_for{2};  // after the last question
constexpr std::size_t followed_max = 16;  // each published event is looked for among them

}  // namespace

hub_actor::hub_actor(caf::actor_config& config, const host_services& host)
    : measured_actor(config, host.metrics, actor_kind::hub), host_(host), core_(*this),
      announcer_(*this, host, false, asking()) {}

caf::behavior hub_actor::make_behavior() {
  stop_host_on_exception(*this);
  announcer_.begin();
  return {
      [this](const event_delivery& delivery) { deliver(delivery); },
      [this](const notification& what) { notify(what); },
      [this](const membership_notice& notice) { member_news(notice); },
      [this](const events_missed& what) { on_events_missed(what); },
      [this](const edge::missed_events& what) {
        core_.catch_up(what);
        announcer_.flush();
        late_frame_ = nullptr;
        read_lately_ = true;
        if (!std::exchange(keeps_pages_, true))
          forget_pages_later();
      },
      [this](const session_expected& session) {
        sessions_[session.connection] = caf::actor_cast<caf::actor>(current_sender());
        core_.expect(session.connection, session.user, session.team, session.resumes);
        return caf::unit;
      },
      [this](const session_opened& session) {
        auto promise = make_response_promise();
        opening_.emplace(session.connection, opening{promise, session.greeting});
        std::vector<subscription_table::opening> channels;
        for (const joined_channel& each : session.channels)
          channels.emplace_back(subscription_table::membership{each.channel, each.seq}, each.after);
        core_.open(session.connection, session.user, session.team, channels);
        announcer_.flush();
        return promise;
      },
      [this](const channel_start& start) {
        core_.start(start.connection, {{start.what.channel, start.what.seq}, start.what.after}, start.told);
        announcer_.flush();
      },
      [this](const session_closed& session) {
        opening_.erase(session.connection);
        sessions_.erase(session.connection);
        core_.close(session.connection);
        announcer_.flush();
      },
      [this](const describe& asked) { return describe_myself(asked); },
      [](run_later& job) { job.work(); },
  };
}

// ---- what entities want said ------------------------------------------------------------------

void hub_actor::deliver(const event_delivery& delivery) {
  for (const auto& batch : delivery.batches) {
    if (batch->traced_size() > 0) [[unlikely]]
      note_arrival(*batch);
    const bool from_here = batch->from_host() == 0 || batch->from_host() == host_.self;
    core_.delivered(*batch, from_here ? batch->from_connection() : 0);
  }
  if (delivery.committed != tick_time{})
    host_.metrics->of(post_stage::deliver).record(steady_now() - delivery.committed);
  announcer_.flush();
}

void hub_actor::notify(const notification& what) {
  auto how = what.transient ? edge::send_class::transient : edge::send_class::durable;
  const connection_id except = excepted_here(what, host_.self);
  auto frame = [&] { return edge::make_text_frame(what.json); };
  auto say = [&](topic_id topic) {
    if (topic != 0)
      host_.outbox->publish(topic, frame(), how, except);
  };
  switch (what.to) {
    case notification::audience::team:
      return say(core_.team_topic(what.id));
    case notification::audience::channel:
      return say(core_.channel_topic(what.id));
    case notification::audience::presence:
      if (host_.presence)
        send(host_.presence, what);
      return;
    case notification::audience::user: {
      const auto& connections = core_.connections_of(what.id);
      if (connections.empty())
        return;
      auto shared = frame();
      for (connection_id who : connections)
        if (who != except && core_.is_ready(who))
          host_.outbox->send(who, shared, how);
      return;
    }
  }
}

void hub_actor::member_news(const membership_notice& notice) {
  if (notice.member)
    core_.joined(notice.user, notice.channel, notice.seq);
  else
    core_.left(notice.user, notice.channel, notice.seq);
  announcer_.flush();
}

// ---- subscription_sink ------------------------------------------------------------------------

void hub_actor::subscribe(connection_id who, topic_id topic) {
  host_.outbox->subscribe(who, topic);
}

void hub_actor::unsubscribe(connection_id who, topic_id topic) {
  host_.outbox->unsubscribe(who, topic);
}

void hub_actor::publish(topic_id topic, const entity_id& channel, const wire::channel_event& event,
                        connection_id except) {
  auto frame = followed_.empty() ? frame_of(topic, channel, event)
                                 : followed_frame_of(topic, channel, event);
  host_.outbox->publish(topic, std::move(frame), edge::send_class::durable, except);
}

void hub_actor::send_event(connection_id to, const entity_id& channel,
                           const wire::channel_event& event) {
  host_.outbox->send(to, frame_of(core_.channel_topic(channel), channel, event));
}

void hub_actor::tell_behind(connection_id who, const entity_id& channel, std::uint64_t from) {
  host_.outbox->send(who, edge::make_text_frame(slack::lagging_event(channel.text(), from)));
}

void hub_actor::send_late(connection_id to, topic_id topic, const entity_id& channel,
                          const wire::channel_event& event) {
  if (!late_frame_ || last_late_.topic != topic || last_late_.seq != event.seq()) {
    host_.metrics->events_encoded.add();
    last_late_ = {topic, event.seq()};
    late_frame_ = edge::make_late_frame(event_text(channel, event), last_late_, channel.text());
  }
  host_.outbox->send(to, late_frame_);
}

void hub_actor::end_page(connection_id who, topic_id topic, std::uint64_t reached, bool complete) {
  host_.outbox->send(who, edge::make_page_end({topic, reached}, complete));
}

void hub_actor::want(const entity_id& channel, std::optional<std::uint64_t> after,
                     std::uint64_t serial) {
  announcer_.want(channel, after, serial);
}

void hub_actor::withdraw(const entity_id& channel) {
  labels_.erase(channel);
  announcer_.withdraw(channel);
}

void hub_actor::session_ready(connection_id who) {
  auto found = opening_.find(who);
  if (found == opening_.end())
    return;
  host_.outbox->send(who, found->second.greeting);
  found->second.answer.deliver(caf::unit);
  opening_.erase(found);
}

void hub_actor::ask_start(connection_id who, const entity_id& channel, std::uint64_t told) {
  if (auto session = sessions_.find(who); session != sessions_.end() && session->second)
    send(session->second, start_wanted{channel, told});
}

std::string hub_actor::event_text(const entity_id& channel, const wire::channel_event& event) {
  const label& known = labels_.at(channel);
  return slack::event_frame(event, known.text, known.kind, known.team_id);
}

entity_picture_box hub_actor::describe_myself(const describe& asked) {
  wire::entity_picture out;
  out.set_host(own_name(host_.config));
  out.set_name("hub/" + out.host());
  out.set_awake(true);
  wire::hub_details& details = *out.mutable_hub();
  details.set_sessions(static_cast<std::uint32_t>(core_.sessions()));
  details.set_topics(static_cast<std::uint32_t>(core_.topics()));
  details.set_subscriptions(static_cast<std::uint32_t>(core_.subscriptions()));
  details.set_channels_wanted(static_cast<std::uint32_t>(core_.channels()));
  details.set_questions_open(static_cast<std::uint32_t>(core_.asked()));
  details.set_gaps_healed(host_.metrics->gaps_healed.read());
  details.set_events_encoded(host_.metrics->events_encoded.read());
  const host_metrics& counted = *host_.metrics;
  wire::presence_details& presence = *details.mutable_presence();
  presence.set_users(static_cast<std::uint32_t>(counted.presence_users.read()));
  presence.set_subscriptions(static_cast<std::uint32_t>(counted.presence_subscriptions.read()));
  presence.set_waiting(static_cast<std::uint32_t>(counted.presence_waiting.read()));
  presence.set_late_ms(static_cast<std::uint64_t>(counted.presence_lateness_ms.read()));
  presence.set_level(static_cast<std::uint32_t>(counted.presence_level.read()));
  presence.set_events(counted.presence_events.read());
  presence.set_told(counted.presence_told.read());
  presence.set_changes(counted.presence_changes.read());
  presence.set_delayed(counted.presence_delayed.read());
  presence.set_dropped(counted.presence_dropped.read());
  describe_mailbox(*this, asked.asked, out);
  return entity_picture_box(std::move(out));
}

void hub_actor::forget_pages_later() {
  read_lately_ = false;
  delayed_send(this, pages_kept_for, run_later{[this] {
                 if (read_lately_)
                   return forget_pages_later();
                 core_.forget_pages();
                 keeps_pages_ = false;
               }});
}

edge::frame_ptr hub_actor::frame_of(topic_id topic, const entity_id& channel,
                                    const wire::channel_event& event) {
  host_.metrics->events_encoded.add();
  return edge::make_event_frame(event_text(channel, event), {topic, event.seq()}, channel.text());
}

// ---- events that somebody follows -------------------------------------------------------------

void hub_actor::note_arrival(const wire::channel_batch& batch) {
  const auto channel = entity_id::parse(batch.channel_id());
  for (const wire::traced_event& marked : batch.traced()) {
    note_step(host_, {.trace = marked.trace(),
                      .step = trace_step::at_hub,
                      .channel = batch.channel_id(),
                      .seq = marked.seq()});
    if (!channel || !host_.traces)
      continue;
    if (followed_.size() == followed_max)  // came twice, or nobody here wants it any more
      followed_.erase(followed_.begin());
    followed_.push_back({*channel, marked.seq(), marked.trace()});
  }
}

edge::frame_ptr hub_actor::followed_frame_of(topic_id topic, const entity_id& channel,
                                             const wire::channel_event& event) {
  auto found = std::find_if(followed_.begin(), followed_.end(), [&](const followed_event& each) {
    return each.seq == event.seq() && each.channel == channel;
  });
  if (found == followed_.end())
    return frame_of(topic, channel, event);
  const trace_id trace = std::move(found->trace);
  followed_.erase(found);
  host_.metrics->events_encoded.add();
  auto frame = edge::make_event_frame(
      event_text(channel, event), {topic, event.seq()}, channel.text(), [&host = host_, trace](connection_id who) {
        note_step(host, trace, trace_step::written, fmt::format("connection {}", who));
      });
  note_step(host_, trace, trace_step::published);
  return frame;
}

caf::actor spawn_hub(caf::actor_system& system, const host_services& host) {
  return system.spawn<hub_actor>(std::ref(host));
}

}  // namespace carillon
