#include "actors/hub/hub_actor.hpp"

#include <algorithm>

#include "actors/hub/subscription_table.hpp"
#include "actors/slack_json.hpp"
#include "actors/stop_on_exception.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds interest_retry{50};
constexpr std::chrono::milliseconds unreadable_retry{5'000};

class hub_actor final : public caf::event_based_actor, private subscription_sink {
public:
  hub_actor(caf::actor_config& config, const host_services& host)
      : caf::event_based_actor(config), host_(host), core_(*this) {}

  const char* name() const override { return "hub"; }

  caf::behavior make_behavior() override {
    stop_host_on_exception(*this);
    return {
        [this](const event_delivery& delivery) {
          for (const auto& batch : delivery.batches)
            core_.delivered(*batch);
          flush_wants();
        },
        [this](const notification& what) { notify(what); },
        [this](const session_expected& session) {
          core_.expect(session.connection, session.user, session.team);
          return caf::unit;
        },
        [this](const session_opened& session) {
          auto promise = make_response_promise();
          opening_.emplace(session.connection, opening{promise, session.greeting});
          std::vector<entity_id> channels;
          for (const joined_channel& each : session.channels)
            channels.push_back(each.channel);
          core_.open(session.connection, session.user, session.team, channels);
          flush_wants();
          return promise;
        },
        [this](const session_closed& session) {
          opening_.erase(session.connection);
          core_.close(session.connection);
          flush_wants();
        },
        [this](const membership_notice& notice) {
          if (notice.member)
            core_.joined(notice.user, notice.channel, notice.seq);
          else
            core_.left(notice.user, notice.channel);
          flush_wants();
        },
        [this](const presence_interest& interest) {
          core_.watch_presence(interest.connection, interest.users);
        },
        [this](run_later& job) { job.work(); },
    };
  }

private:
  struct label {
    std::string text;
    std::string team_id;
    wire::channel_kind kind = wire::CHANNEL_UNKNOWN;
  };

  struct opening {
    caf::response_promise answer;
    edge::frame_ptr greeting;
  };

  // -- what entities want said --

  void notify(const notification& what) {
    auto how = what.transient ? edge::send_class::transient : edge::send_class::durable;
    auto frame = [&] { return edge::make_text_frame(what.json); };
    auto publish = [&](topic_id topic) {
      if (topic != 0)
        host_.outbox->publish(topic, frame(), how, what.except_connection);
    };
    switch (what.to) {
      case notification::audience::team:
        return publish(core_.team_topic(what.id));
      case notification::audience::channel:
        return publish(core_.channel_topic(what.id));
      case notification::audience::presence:
        return publish(core_.presence_topic(what.id));
      case notification::audience::user: {
        const auto& connections = core_.connections_of(what.id);
        if (connections.empty())
          return;
        auto shared = frame();
        for (connection_id who : connections)
          if (who != what.except_connection && core_.is_ready(who))
            host_.outbox->send(who, shared, how);
        return;
      }
    }
  }

  // -- subscription_sink --

  void subscribe(connection_id who, topic_id topic) override {
    host_.outbox->subscribe(who, topic);
  }
  void unsubscribe(connection_id who, topic_id topic) override {
    host_.outbox->unsubscribe(who, topic);
  }
  void publish(topic_id topic, const entity_id& channel, const wire::channel_event& event,
               connection_id except) override {
    host_.outbox->publish(topic, frame_of(channel, event), edge::send_class::durable, except);
  }
  void send_event(connection_id to, const entity_id& channel,
                  const wire::channel_event& event) override {
    host_.outbox->send(to, frame_of(channel, event));
  }
  // An envelope holds the last word about a channel only: its slot cannot tell what came first.
  void want(const entity_id& channel, std::optional<std::uint64_t> after) override {
    wire::announce_interest& envelope = wants_[slot_of(channel)];
    auto& withdrawn = *envelope.mutable_withdrawn();
    withdrawn.erase(std::remove(withdrawn.begin(), withdrawn.end(), channel.text()),
                    withdrawn.end());
    auto& interest = *envelope.add_channels();
    interest.set_channel_id(channel.text());
    if (after)
      interest.set_after_seq(*after);
  }
  void withdraw(const entity_id& channel) override {
    labels_.erase(channel);
    wire::announce_interest& envelope = wants_[slot_of(channel)];
    auto& wanted = *envelope.mutable_channels();
    wanted.erase(std::remove_if(wanted.begin(), wanted.end(),
                                [id = channel.text()](const wire::interest& interest) {
                                  return interest.channel_id() == id;
                                }),
                 wanted.end());
    envelope.add_withdrawn(channel.text());
  }
  void session_ready(connection_id who) override {
    auto found = opening_.find(who);
    if (found == opening_.end())
      return;
    host_.outbox->send(who, found->second.greeting);
    found->second.answer.deliver(caf::unit);
    opening_.erase(found);
  }

  edge::frame_ptr frame_of(const entity_id& channel, const wire::channel_event& event) {
    const label& known = labels_.at(channel);
    return edge::make_text_frame(slack::event_frame(event, known.text, known.kind, known.team_id));
  }

  // -- to slots: one envelope per slot for all that one message made us want --

  slot_id slot_of(const entity_id& channel) const {
    return carillon::slot_of(channel, static_cast<std::uint32_t>(host_.slots.size()));
  }

  void flush_wants() {
    for (auto& [slot, wanted] : std::exchange(wants_, {}))
      announce(slot, announce_interest_box(std::move(wanted)));
  }

  void announce(slot_id slot, const announce_interest_box& wanted) {
    request(host_.slots[slot], caf::infinite, wanted)
        .then([this](const interest_confirmed& answer) { on_confirmed(answer); },
              [this, slot, wanted](const caf::error& why) {
                log_warn("hub", "slot {} did not take our interest: {}", slot,
                         system().render(why));
                delayed_send(this, interest_retry, run_later{[this, wanted] {
                               for (const auto& channel : wanted->channels())
                                 core_.ask_again(*entity_id::parse(channel.channel_id()));
                               flush_wants();
                             }});
              });
  }

  void on_confirmed(const interest_confirmed& answer) {
    for (const auto& item : answer.items) {
      auto channel = entity_id::parse(item.channel_id);
      ENSURE(channel.has_value(), "slots confirm what we asked for");
      if (item.unreadable) {
        core_.unreadable(*channel);
        delayed_send(this, unreadable_retry, run_later{[this, channel = *channel] {
                       core_.ask_again(channel);
                       flush_wants();
                     }});
        continue;
      }
      labels_[*channel] = {item.channel_id, item.team_id, item.kind};
      std::vector<wire::channel_event> replay;
      if (item.replay)
        replay.assign(item.replay->events().begin(), item.replay->events().end());
      core_.confirmed(*channel, item.last_seq, replay);
      if (core_.channel_topic(*channel) == 0)
        labels_.erase(*channel);  // everyone left while we asked
    }
    flush_wants();
  }

  const host_services& host_;
  subscription_table core_;
  std::unordered_map<entity_id, label> labels_;  // of live channels
  std::unordered_map<connection_id, opening> opening_;
  std::map<slot_id, wire::announce_interest> wants_;
};

}  // namespace

caf::actor spawn_hub(caf::actor_system& system, const host_services& host) {
  return system.spawn<hub_actor>(std::ref(host));
}

}  // namespace carillon
