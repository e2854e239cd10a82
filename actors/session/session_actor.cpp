#include "actors/session/session_actor.hpp"

#include <unordered_set>

#include "actors/ask.hpp"
#include "actors/measured_actor.hpp"
#include "actors/retention.hpp"
#include "actors/session/activity_line.hpp"
#include "actors/session/device_line.hpp"
#include "actors/session/post_gate.hpp"
#include "actors/session/presence_answer.hpp"
#include "actors/session/rtm_frame.hpp"
#include "actors/session/team_mates.hpp"
#include "actors/slack_json.hpp"
#include "actors/sync_plan.hpp"
#include "actors/trace_notes.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::size_t posts_in_flight_max = 100;  // of one connection; above it: overloaded
constexpr std::size_t typing_in_flight_max = 100;  // above it typing goes unnoticed
constexpr std::size_t frames_held_max = 100;      // before hello
constexpr int looks_among_others = 2;
constexpr std::chrono::milliseconds look_again{200};
constexpr int gone_tries = 10;
constexpr std::chrono::seconds gone_pause{1};

class session_actor final : public measured_actor {
public:
  session_actor(caf::actor_config& config, const host_services& host,
                edge::connection_id connection, storage::ticket ticket, token_recall recall,
                std::optional<session_resume> resume)
      : measured_actor(config, host.metrics, actor_kind::session),
        host_(host),
        connection_(connection),
        ticket_(std::move(ticket)),
        recall_(std::move(recall)),
        resume_(resume ? std::make_unique<session_resume>(std::move(*resume)) : nullptr) {}

  const char* name() const override { return "session"; }

  ask_watch asks;

  caf::behavior make_behavior() override {
    find_out_who();
    return {
        [this](session_frame& frame) { on_frame(std::move(frame)); },
        [this](const session_gone& how) { leave(how); },
        [this](const session_end& end) {
          // To clients that know it, "goodbye" says that there is another place to go to.
          if (live_ && end.code == edge::close_code::going_away)
            say(R"({"type":"goodbye"})");
          host_.outbox->close(connection_, end.code, end.reason);  // session_gone follows
        },
        [this](announce_device) {
          if (live_ && !gone_)
            tell_device(device_.is_here());
        },
        [this](const start_wanted& wanted) { find_start(wanted); },
        [](run_later& job) { job.work(); },
    };
  }

private:
  // -- opening --

  // Who connects called rtm.connect a moment ago: the token's owner is remembered, as for any call. An SQL
  // query would be half of what a client that comes back costs.
  void find_out_who() {
    const auto known = recall_ ? std::exchange(recall_, nullptr)(ticket_.token_hash) : nullptr;
    if (known)
      return take_in(*known);
    open(host_.link ? looks_among_others : 1);
  }

  // A token that another host issued a moment ago may not have come here yet.
  void open(int looks) {
    auto hash = ticket_.token_hash;
    ask_directory(
        this, host_, [hash](const storage::directory& directory) { return directory.find_token(hash); },
        [this, looks](result<std::optional<storage::principal>> found) {
          if (gone_)
            return;
          if (found && !*found && looks > 1)
            return delayed_send(this, look_again, run_later{[this, looks] { open(looks - 1); }});
          if (!found)
            return refuse(edge::close_code::internal_error, found.error().describe());
          if (!*found)
            return refuse(edge::close_code::signed_out, "the token was revoked");
          take_in(**found);
        });
  }

  void take_in(const storage::principal& who) {
    const storage::user_row& user = who.user;
    if (user.disabled)
      return refuse(edge::close_code::signed_out, "the token was revoked");
    by_.set_user_id(user.id.text());
    by_.set_team_id(user.team.text());
    by_.set_admin(user.admin || user.owner);
    if (user.bot)
      by_.set_bot_id(user.bot_id.text());
    by_.set_connection(connection_);
    by_.set_host(host_.self);
    announce();
  }

  // The hub first, then the list: what changes after the list was made, the hub is told.
  void announce() {
    at_hub_ = true;
    request(host_.hub, caf::infinite, session_expected{connection_, ticket_.user, ticket_.team, resume_ != nullptr})
        .then([this] { find_channels(); }, [this](const caf::error&) { refuse_stopping(); });
  }

  void find_channels() {
    if (gone_)
      return;
    wire::user_request request = ask_own_user();
    request.mutable_list_channels()->set_only_members(true);
    request.mutable_list_channels()->set_with_friends(true);
    ask_user(this, host_, ticket_.user, request, [this](const wire::user_reply& reply) {
      if (gone_)
        return;
      if (auto why = reply_error(reply))
        return refuse(edge::close_code::internal_error, why->describe());
      for (const std::string& id : reply.friends())
        if (auto each = entity_id::parse(id))
          friends_.push_back(*each);
      std::vector<joined_channel> channels;
      for (const auto& row : reply.channels())
        if (auto channel = entity_id::parse(row.channel_id()))
          channels.push_back({*channel, row.joined_seq(), std::nullopt});
      if (resume_)
        resume();
      else
        subscribe(std::move(channels));
    });
  }

  // The device's cursor says what it has: what came since comes before what comes.
  void resume() {
    const auto from = std::exchange(resume_, nullptr);
    auto place = read_sync_cursor(from->cursor, ticket_.user, from->device,
                                  retained_since(host_.now(), host_.config));
    if (!place)
      return refuse_resume(place.error());
    auto seen = read_seen(from->seen);
    if (!seen)
      return refuse_resume(seen.error());
    resumed_ = std::make_unique<resumed_from>(resumed_from{std::move(*place), std::move(*seen)});
    find_starts(resumed_->seen, [this](std::vector<joined_channel> channels) { subscribe(std::move(channels)); });
  }

  // Of the inbox, which by then has all that was said while the user was in the channel before.
  void find_start(const start_wanted& wanted) {
    if (!resumed_ || gone_)
      return;
    auto seen = resumed_->seen;
    seen[wanted.channel] = std::max(seen[wanted.channel], wanted.told);
    find_starts(std::move(seen), [this, wanted](const std::vector<joined_channel>& channels) {
      for (const joined_channel& each : channels)
        if (each.channel == wanted.channel)
          send(host_.hub, channel_start{connection_, each, wanted.told});
    });
  }

  void find_starts(seqs_by_channel seen, std::function<void(std::vector<joined_channel>)> then) {
    auto plan = std::make_shared<sync_plan>(resumed_->place, std::move(seen), host_.now());
    wire::user_request request = ask_own_user();
    *request.mutable_inbox() = plan->question(0, false);
    request.mutable_inbox()->set_starts(true);
    ask_user(this, host_, ticket_.user, request, [this, plan, then](const wire::user_reply& reply) {
      if (gone_)
        return;
      if (auto why = reply_error(reply))
        return refuse_resume(*why);
      std::vector<joined_channel> channels;
      for (const auto& each : plan->live_after(reply.inbox()))
        channels.push_back({each.channel, each.joined_seq, each.after});
      then(std::move(channels));
    });
  }

  void refuse_resume(const error& why) {
    refuse(edge::close_code::policy_violation, std::string(slack::row_of(why.code).slack));
  }

  void subscribe(std::vector<joined_channel> channels) {
    session_opened opened{connection_, ticket_.user, ticket_.team, std::move(channels),
                          edge::make_text_frame(R"({"type":"hello"})")};
    this->request(host_.hub, caf::infinite, std::move(opened))
        .then([this] { greet(); }, [this](const caf::error&) { refuse_stopping(); });
  }

  void greet() {
    if (gone_)
      return;
    live_ = true;
    activity_.signed_in(steady_now());
    if (host_.presence)
      send(host_.presence, presence_opened{connection_, ticket_.user, std::exchange(friends_, {})});
    tell_device(device_.is_here());
    for (session_frame& frame : std::exchange(held_, {}))
      on_frame(std::move(frame));
  }

  void refuse(std::uint16_t code, const std::string& why) {
    host_.outbox->close(connection_, code, why);
  }
  void refuse_stopping() { refuse(edge::close_code::going_away, "the host is stopping"); }

  // -- what the client says --

  void on_frame(session_frame frame) {
    if (gone_)
      return;
    if (!frame.is_text)
      return host_.outbox->close(connection_, edge::close_code::unsupported_data,
                                 "frames are JSON text");
    if (!live_) {
      if (held_.size() >= frames_held_max)
        return host_.outbox->close(connection_, edge::close_code::policy_violation,
                                   "too much before hello");
      held_.push_back(std::move(frame));
      return;
    }
    if (frame.payload.size() > host_.config.edge.frame_in_max_bytes)
      return refuse_long(frame.payload);
    rtm_frame said;
    status read = read_rtm_frame(frame.payload,
                                 {host_.config.limits.text_max_characters,
                                  host_.config.limits.client_msg_id_max_bytes,
                                  host_.config.presence.subscriptions_max},
                                 said);
    if (!read)
      return say(rtm_refusal(said.id, read.error()));
    switch (said.what) {
      case rtm_frame::kind::message:
        used();
        return post(std::move(said), frame.received);
      case rtm_frame::kind::typing:
        used();
        return type(said);
      case rtm_frame::kind::ping:
        return say(said.pong);
      case rtm_frame::kind::presence_sub:
        used();
        return ask_presence(said);
      case rtm_frame::kind::presence_query:
        return ask_presence(said);
      case rtm_frame::kind::active:
        used();
        return said.id.is_null() ? void() : say(rtm_done(said.id));
      case rtm_frame::kind::unknown:
        return;
    }
  }

  // Whoever speaks our language hears what was too long, and goes on; everyone else is cut off.
  void refuse_long(const std::string& payload) {
    rtm_frame said;
    const status read = read_rtm_frame(payload, {}, said);
    if (!read && read.code() == errc::invalid_json)
      return host_.outbox->close(connection_, edge::close_code::too_big, "the message is too long");
    const bool list = said.type == "presence_sub" || said.type == "presence_query";
    const std::string most = std::to_string(host_.config.edge.frame_in_max_bytes);
    say(rtm_refusal(said.id, list ? make_error(errc::too_many_users, most_ids())
                                  : make_error(errc::msg_too_long, "at most " + most + " bytes in one frame")));
  }
  std::string most_ids() const {
    return "at most " + std::to_string(host_.config.presence.subscriptions_max) + " ids in one frame";
  }

  void post(rtm_frame said, tick_time received) {
    auto channel = entity_id::parse(said.channel);
    if (!channel || !channel->is_channel())
      return say(rtm_refusal(said.id, make_error(errc::channel_not_found)));
    if (posts_in_flight_ >= posts_in_flight_max)
      return refuse_post(said.id, make_error(errc::overloaded));
    if (const std::uint32_t wait = gate_.take_post(!by_.bot_id().empty()); wait != 0)
      return refuse_post(said.id, make_error(errc::ratelimited), wait);
    call_pass pass;
    if (const std::uint32_t wait = gate_.come_in(received, pass); wait != 0)
      return refuse_post(said.id, make_error(errc::overloaded), wait);
    wire::channel_request request = ask_about(said.channel);
    *request.mutable_post() = std::move(said.post);
    auto trace = gate_.begin_trace(said.traceparent, received);
    request.mutable_by()->set_trace(trace.trace);
    request.mutable_by()->set_traced(trace.sampled);
    ++posts_in_flight_;
    ask_channel(this, host_, *channel, std::move(request),
                [this, id = said.id, trace, received,
                 pass = std::move(pass),
                 told = !said.traceparent.empty()](const wire::channel_reply& reply) {
                  --posts_in_flight_;
                  if (trace.sampled) [[unlikely]]
                    note_step(host_, trace.trace, trace_step::replied, "RTM");
                  if (auto why = reply_error(reply)) {
                    gate_.log_refusal(trace, *why);
                    return refuse_post(id, *why, gate_.wait_of(*why));
                  }
                  const wire::chat_message& message = reply.event().message();
                  say(rtm_ack(id, message.ts(), message.seq(), message.text(),
                              told ? format_traceparent(trace) : std::string()));
                  const tick_time now = steady_now();
                  pass.posted(now);
                  if (received != tick_time{})
                    host_.metrics->of(post_stage::whole).record(now - received);
                },
                received);
  }

  void refuse_post(const boost::json::value& id, const error& why, std::uint32_t wait = 0) {
    gate_.count_refusal(why.code);
    say(rtm_refusal(id, why, wait));
  }
  void type(const rtm_frame& said) {
    auto channel = entity_id::parse(said.channel);
    if (!channel || !channel->is_channel())
      return;  // typing is never answered
    if (typing_in_flight_ >= typing_in_flight_max)
      return host_.metrics->typing_dropped.add();
    wire::channel_request request = ask_about(said.channel);
    request.mutable_transient()->set_kind("user_typing");
    ++typing_in_flight_;
    ask_channel(this, host_, *channel, std::move(request),
                [this](const wire::channel_reply&) { --typing_in_flight_; });
  }

  // Of team mates only: other ids are as good as unknown, and no actor is made for them.
  void ask_presence(const rtm_frame& said) {
    if (presence_in_flight_ > host_.config.presence.subscriptions_max)
      return say(rtm_refusal(said.id, make_error(errc::overloaded)));
    presence_in_flight_ += said.ids.size();
    // A list that was asked for later is the one that counts, whatever is looked up first. 0: a query.
    const std::uint64_t list = said.what == rtm_frame::kind::presence_sub ? ++presence_lists_ : 0;
    const auto told = [this, list, asked = said.ids, id = said.id](const result<team_book::answer>& found) {
      presence_in_flight_ -= asked.size();
      if (gone_)
        return;
      if (!found)
        return say(rtm_refusal(id, found.error()));
      std::unordered_set<entity_id> mates(found->mates.begin(), found->mates.end());
      std::vector<entity_id> users;  // each once, in the order asked for
      for (const entity_id& user : asked)
        if (mates.erase(user) > 0)
          users.push_back(user);
      if (list == 0)
        return tell_presence(users);
      if (list == presence_lists_ && host_.presence)
        send(host_.presence, presence_interest{connection_, std::move(users)});
    };
    find_mates(this, host_, ticket_.team, said.ids, told);
  }

  // Who asks is answered whatever the budget of events is.
  void tell_presence(const std::vector<entity_id>& users) {
    auto all = std::make_shared<presence_answer>(users.size());
    presence_in_flight_ += users.size();
    for (const entity_id& user : users) {
      wire::user_request request;
      request.set_user_id(user.text());
      *request.mutable_by() = by_;
      request.mutable_get_presence();
      ask_user(this, host_, user, std::move(request), [this, user, all](const wire::user_reply& reply) {
        --presence_in_flight_;
        if (all->take(user, reply))
          for (std::string& frame : all->frames())
            say(std::move(frame));
      });
    }
  }

  // The user did something here, and the user's slot is to know, now and then.
  void used() {
    const activity_line::step step = activity_.used(steady_now());
    if (step.say)
      tell_activity();
    else if (step.wait)
      delayed_send(this, *step.wait, run_later{[this] {
                     activity_.waited(steady_now());
                     if (!gone_)
                       tell_activity();
                   }});
  }
  void tell_activity() {
    wire::user_request request = ask_own_user();
    request.mutable_device_activity()->set_connection(connection_);
    request.mutable_device_activity()->set_host(host_.self);
    // Lost with a leader, it is said again with the device.
    ask_user(this, host_, ticket_.user, request, [](const wire::user_reply&) {});
  }

  // -- the end --

  void leave(const session_gone& how) {
    if (gone_)
      return;
    gone_ = true;
    last_heard_ = how.last_heard;
    if (at_hub_)
      send(host_.hub, session_closed{connection_});
    if (!live_)
      return quit();
    if (host_.presence)
      send(host_.presence, presence_closed{connection_});
    tell_device(device_.is_gone());
  }

  // "Gone" is answered before we quit: a request that bounced would leave the user "online". A host
  // that is cut off tries for a while; after that, the others have given up its devices anyway.
  void tell_device(device_line::word word, int tries = gone_tries) {
    if (word == device_line::word::nothing)
      return;
    const bool here = word == device_line::word::here;
    wire::user_request request = ask_own_user();
    if (here) {
      request.mutable_device_online()->set_connection(connection_);
      request.mutable_device_online()->set_host(host_.self);
      request.mutable_device_online()->set_idle_ms(
          static_cast<std::uint64_t>(activity_.idle(steady_now()).count()));
    } else {
      request.mutable_device_offline()->set_connection(connection_);
      request.mutable_device_offline()->set_host(host_.self);
      if (last_heard_ != tick_time{})
        request.mutable_device_offline()->set_silent_ms(static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - last_heard_).count()));
    }
    ask_user(this, host_, ticket_.user, request, [=, this](const wire::user_reply& reply) {
      if (here)
        return tell_device(device_.said());
      if (reply.errc() == 0 || tries == 1)
        return quit();
      delayed_send(this, gone_pause, run_later{[=, this] { tell_device(word, tries - 1); }});
    });
  }

  // -- small things --

  void say(std::string json) {
    if (!gone_)
      host_.outbox->send(connection_, edge::make_text_frame(std::move(json)));
  }

  wire::user_request ask_own_user() const {
    wire::user_request request;
    request.set_user_id(ticket_.user.text());
    *request.mutable_by() = by_;
    return request;
  }
  wire::channel_request ask_about(const std::string& channel) const {
    wire::channel_request request;
    request.set_channel_id(channel);
    *request.mutable_by() = by_;
    return request;
  }

  const host_services& host_;
  const edge::connection_id connection_;
  const storage::ticket ticket_;
  token_recall recall_;  // asked once
  std::unique_ptr<session_resume> resume_;  // until it was done
  struct resumed_from {
    wire::sync_place place;
    seqs_by_channel seen;
  };
  std::unique_ptr<resumed_from> resumed_;  // null: it is told what comes
  wire::caller by_;
  bool at_hub_ = false;  // the hub knows of us and must hear when we go
  bool live_ = false;    // hello was said
  bool gone_ = false;    // the socket is closed
  tick_time last_heard_{};  // as session_gone has it
  device_line device_;
  activity_line activity_{activity_interval(host_.config.presence)};
  std::vector<entity_id> friends_;  // until it is live
  std::uint64_t presence_lists_ = 0;  // presence_sub: how many came
  const post_gate gate_{host_, ticket_.user};
  std::size_t posts_in_flight_ = 0;
  std::size_t typing_in_flight_ = 0;
  std::size_t presence_in_flight_ = 0;  // users whose presence was asked for and is not told yet
  std::vector<session_frame> held_;
};

}  // namespace

caf::actor spawn_session(caf::actor_system& system, const host_services& host,
                         edge::connection_id connection, storage::ticket ticket, token_recall recall,
                         std::optional<session_resume> resume) {
  return system.spawn<session_actor, caf::lazy_init>(std::ref(host), connection, std::move(ticket),
                                                     std::move(recall), std::move(resume));
}

// Any message begins it.
void begin_session(const caf::actor& session) {
  caf::anon_send(session, run_later{[] {}});
}

}  // namespace carillon
