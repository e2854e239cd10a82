#include "actors/push/push_actor.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

#include "actors/ask.hpp"
#include "actors/measured_actor.hpp"
#include "actors/push/block_text.hpp"
#include "actors/push/fair_sends.hpp"
#include "actors/push/provider_watch.hpp"
#include "actors/push/push_right.hpp"
#include "actors/push/push_text.hpp"
#include "actors/push_items.hpp"
#include "actors/stop_on_exception.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/push/sender.hpp"
#include "runtime/push/url_origin.hpp"

namespace carillon {
namespace {

constexpr std::uint32_t badge_max = 9'999;
constexpr std::size_t channels_named_max = 20;  // in one text; of more the ids are shown

using push::push_fate;

push::push_outcome not_now(std::string why) {
  push::push_outcome out;
  out.fate = push_fate::try_again;
  out.reason = std::move(why);
  return out;
}

// Should it have been registered again meanwhile, that registration is good.
push::push_outcome gone(const wire::push_target& target, std::string why) {
  push::push_outcome out;
  out.fate = push_fate::token_is_dead;
  out.reason = std::move(why);
  out.dead_since = target.registered();
  return out;
}

// Of one user a share, and half of all to one service of those that users name: others' are not held up by slow
// ones. (Any more to one service would wait for its connection anyway: origin_gate.hpp.)
constexpr std::size_t users_at_least = 16;

template <class Line>
typename Line::limits limits_of(push::provider via, std::size_t most) {
  return {most, std::max<std::size_t>(1, most / users_at_least),
          via == push::provider::web_push ? std::max<std::size_t>(1, most / 2) : most};
}

class push_actor final : public measured_actor {
public:
  push_actor(caf::actor_config& config, const host_services& host)
      : measured_actor(config, host.metrics, actor_kind::push), host_(host) {
    for (std::size_t i = 0; i < push::provider_count; ++i)
      lines_.emplace_back(limits_of<fair_sends<sending>>(static_cast<push::provider>(i), host.config.push.in_flight_max));
  }

  const char* name() const override { return "push"; }
  caf::behavior make_behavior() override;

  ask_watch asks;

private:
  // One errand on its way. Lives in the callbacks; nobody else has it.
  struct job {
    push_errand of;
    caf::response_promise promise;
    storage::push_standing standing;
    wire::push_row row;         // what of it is still to be looked at
    push::push_message what;    // for each target, but for where it goes
    push_told told;
    std::vector<wire::push_target> targets;  // those that are to be told indeed
    std::vector<push::provider> probes;      // which are out, and may be back
  };
  using job_ptr = std::shared_ptr<job>;

  void spare(const job_ptr& of);
  void read_rights(const job_ptr& of);
  void read_standing(const job_ptr& of);
  void read_events(const job_ptr& of);
  void take_events(const job_ptr& of, const wire::channel_reply& reply);
  void end_without_news(const job_ptr& of);
  void count_the_rest(const job_ptr& of);
  void read_names(const job_ptr& of, wire::chat_message message, std::string channel_name);
  struct names {
    std::vector<storage::user_row> users;
    std::vector<storage::channel_row> channels;  // that everybody may know of
  };
  void compose(const job_ptr& of, const wire::chat_message& message, const std::string& channel_name,
               const names& known);
  void send_all(const job_ptr& of);
  void send_to(const job_ptr& of, const wire::push_target& target);
  struct sending {
    job_ptr of;
    wire::push_target target;
    provider_watch::source from;
  };
  fair_sends<sending>& line_of(push::provider via) { return lines_[static_cast<std::size_t>(via)]; }
  void send_waiting(push::provider via);
  bool try_send(const sending& what);
  void outcome(const sending& what, push::push_outcome how);
  void end_with(const job_ptr& of, const std::string& why);
  void end(const job_ptr& of);

  const host_services& host_;
  provider_watch watch_;
  std::array<bool, push::provider_count> probing_{};
  std::vector<fair_sends<sending>> lines_;  // of each provider
};

caf::behavior push_actor::make_behavior() {
  stop_host_on_exception(*this);
  return {
      [this](push_errand& errand) {
        auto of = std::make_shared<job>();
        of->of = std::move(errand);
        of->promise = make_response_promise();
        of->row = of->of.row;
        spare(of);
        if (of->targets.empty())
          end(of);
        else
          read_rights(of);
        return of->promise;
      },
      [](run_later& later) { later.work(); },
  };
}

// While a provider is out one push at a time finds out whether it is back; the others are not made ready for
// nothing. Not so with Web Push: who is out there is some user's service.
void push_actor::spare(const job_ptr& of) {
  for (const auto& target : of->of.targets) {
    const auto via = push::provider_named(target.provider());
    if (!via || *via == push::provider::web_push || !watch_.is_out(*via)) {
      of->targets.push_back(target);
    } else if (std::exchange(probing_[static_cast<std::size_t>(*via)], true)) {
      of->told.devices.push_back({target.device(), target.token(), not_now("it is out")});
    } else {
      of->targets.push_back(target);
      of->probes.push_back(*via);
    }
  }
}

// Devices that are another one's by now, or whose session is over, are gone: the slot forgets them.
void push_actor::read_rights(const job_ptr& of) {
  auto read = [targets = of->targets](const storage::directory& directory) -> result<std::vector<push_facts>> {
    std::vector<push_facts> out;
    for (const auto& target : targets) {
      auto known = read_push_facts(directory, target);
      if (!known)
        return known.error();
      out.push_back(std::move(*known));
    }
    return out;
  };
  ask_directory(this, host_, read, [this, of](result<std::vector<push_facts>> known) {
    if (!known)
      return end_with(of, known.error().describe());
    std::vector<wire::push_target> good;
    for (std::size_t i = 0; i < known->size(); ++i) {
      const auto& target = of->targets[i];
      push_right right = right_of(target, of->of.user, (*known)[i], host_.now());
      if (right.what == push_right::kind::told)
        good.push_back(target);
      else
        of->told.devices.push_back({target.device(), target.token(),
                                    right.what == push_right::kind::gone ? gone(target, std::move(right.why))
                                                                         : not_now(std::move(right.why))});
    }
    of->targets = std::move(good);
    if (of->targets.empty())
      end(of);
    else
      read_standing(of);
  });
}

// ---- what there is to say ---------------------------------------------------------------------

void push_actor::read_standing(const job_ptr& of) {
  auto read = [user = of->of.user, channel = of->of.channel](const storage::message_store& stored) {
    return stored.pushes_near(user).standing(user, channel, badge_max);
  };
  ask_reader(this, host_, of->of.user, read, [this, of](result<storage::push_standing> found) {
    if (!found)
      return end_with(of, found.error().describe());
    of->standing = *found;
    push::push_message& what = of->what;
    what.user = of->of.user.text();
    what.channel = of->of.channel.text();
    what.collapse_id = what.channel;
    what.badge = found->badge;
    const timestamp age = host_.now() - std::min(host_.now(), of->row.at());
    what.ttl = std::max(std::chrono::seconds(1), std::chrono::seconds(std::chrono::hours(host_.config.push.keep_hours)) -
                                                     std::chrono::seconds(age / 1'000'000));
    if (of->row.clear()) {
      what.clear = true;
      what.urgency = push::urgency::normal;
      return send_all(of);
    }
    if (found->member)
      return read_events(of);
    of->told.nothing = true;
    end(of);
  });
}

void push_actor::read_events(const job_ptr& of) {
  if (!has_news(of->row))
    return end_without_news(of);
  const push_window window = newest_window(of->row);
  wire::channel_request request;
  request.set_channel_id(of->of.channel.text());
  request.mutable_by()->set_user_id(of->of.user.text());
  request.mutable_by()->set_team_id(of->of.team.text());
  request.mutable_events()->set_after(window.after);
  request.mutable_events()->set_last(window.last);
  request.mutable_events()->set_limit(push_window_max);
  request.mutable_events()->set_granted(true);  // it came into their inbox
  ask_channel(this, host_, of->of.channel, std::move(request),
              [this, of](const wire::channel_reply& reply) { take_events(of, reply); });
}

void push_actor::take_events(const job_ptr& of, const wire::channel_reply& reply) {
  if (const auto refused = reply_error(reply))
    return end_with(of, refused->describe());
  const std::vector<wire::channel_event> events(reply.events().begin(), reply.events().end());
  const push_choice choice = choose_push(of->row, events, of->of.user, of->standing.last_read);
  const push_window window = newest_window(of->row);
  of->told.upto = std::max(of->told.upto, window.last);
  of->told.unread.insert(of->told.unread.end(), choice.unread.begin(), choice.unread.end());
  of->row = before_window(std::move(of->row), window);
  if (!choice.newest)
    return read_events(of);
  count_the_rest(of);
  read_names(of, choice.newest->message(), reply.facts().name());
}

// What was not looked at one by one, as far as is known.
void push_actor::count_the_rest(const job_ptr& of) {
  for (const auto& item : of->row.items())
    if (item.ts() == 0 || item.ts() > of->standing.last_read)
      of->told.unread.push_back(item);
}

void push_actor::end_without_news(const job_ptr& of) {
  count_the_rest(of);
  of->told.no_news = true;
  end(of);
}

void push_actor::read_names(const job_ptr& of, wire::chat_message message, std::string channel_name) {
  message.set_text(words_of(message));
  std::vector<entity_id> users, channels;
  for (const entity_id& id : named_in(message.text()))
    (id.kind == id_kind::user ? users : channels).push_back(id);
  users.push_back(of->of.user);
  if (const auto author = entity_id::parse(message.user()))
    users.push_back(*author);
  for (auto* ids : {&users, &channels}) {
    std::sort(ids->begin(), ids->end());
    ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  }
  channels.resize(std::min(channels.size(), channels_named_max));
  auto read = [users, channels](const storage::directory& directory) -> result<names> {
    auto rows = directory.users_by_id(users);
    if (!rows)
      return rows.error();
    names out{std::move(*rows), {}};
    for (const entity_id& id : channels) {
      auto row = directory.channel_by_id(id);
      if (!row)
        return row.error();
      if (*row && !(*row)->is_private)
        out.channels.push_back(std::move(**row));
    }
    return out;
  };
  ask_directory(this, host_, read,
                [this, of, message = std::move(message), channel_name = std::move(channel_name)](result<names> known) {
                  if (!known)
                    return end_with(of, known.error().describe());
                  compose(of, message, channel_name, *known);
                });
}

void push_actor::compose(const job_ptr& of, const wire::chat_message& message, const std::string& channel_name,
                         const names& known) {
  const auto find = [](const auto& rows, const entity_id& id) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.id == id; });
    return found == rows.end() ? nullptr : &*found;
  };
  const auto name_of = [&](const entity_id& id) {
    if (const storage::user_row* row = find(known.users, id))
      return row->real_name.empty() ? row->name : row->real_name;
    const storage::channel_row* row = find(known.channels, id);
    return row ? row->name : std::string();
  };
  if (const storage::user_row* me = find(known.users, of->of.user); !me || me->disabled) {
    of->told.nothing = true;
    return end(of);
  }
  const auto author = entity_id::parse(message.user());
  const std::string who = !message.username().empty() ? message.username() : author ? name_of(*author) : std::string();
  of->what.title = push_title(who, channel_name,
                              count_of(of->standing.unread, of->told.unread, of->of.row.more()));
  of->what.body = readable_text(message.text(), name_of);
  if (message.subtype() == "me_message" && !who.empty())
    of->what.body = who + ' ' + of->what.body;
  of->what.ts = format_ts(message.ts());
  const bool to_them = std::any_of(of->of.row.items().begin(), of->of.row.items().end(), [&](const auto& each) {
    return each.seq() > of->of.row.told_seq() && each.kind() != wire::MENTION_UNKNOWN;
  });
  of->what.urgency = to_them ? push::urgency::high : push::urgency::normal;
  of->told.told_ts = message.ts();
  send_all(of);
}

// ---- saying it --------------------------------------------------------------------------------

void push_actor::send_all(const job_ptr& of) {
  for (const auto& target : of->targets)
    send_to(of, target);
}

void push_actor::send_to(const job_ptr& of, const wire::push_target& target) {
  const auto via = push::provider_named(target.provider());
  if (!via) {  // of a newer program
    push::push_outcome how;
    how.fate = push_fate::refused;
    how.reason = "a provider of no known name";
    of->told.devices.push_back({target.device(), target.token(), how});
    return end(of);
  }
  if (of->what.clear && !push::takes_clear(*via)) {
    push::push_outcome how;
    how.fate = push_fate::delivered;
    how.reason = "it is told nothing of that";
    of->told.devices.push_back({target.device(), target.token(), how});
    return end(of);
  }
  provider_watch::source from{*via, {}, of->of.user.number};
  if (*via == push::provider::web_push)
    from.origin = push::url_origin(target.token());
  line_of(*via).add(from.user, from.origin, {of, target, from});
  send_waiting(*via);
}

void push_actor::send_waiting(push::provider via) {
  while (auto each = line_of(via).next())
    if (!try_send(*each)) {  // the host ends
      line_of(via).ended(each->from.user, each->from.origin);
      each->of->told.devices.push_back({each->target.device(), each->target.token(), not_now("the host ends")});
      end(each->of);
    }
}

bool push_actor::try_send(const sending& each) {
  push::push_message what = each.of->what;
  what.to = {each.from.via, each.target.token(), each.target.p256dh(), each.target.auth()};
  // On the sender's thread: the rest is done here.
  return host_.pushes->send(std::move(what), [this, me = caf::actor_cast<caf::actor>(this), each](push::push_outcome how) {
    caf::anon_send(me, run_later{[this, each, how = std::move(how)] { outcome(each, how); }});
  });
}

void push_actor::outcome(const sending& each, push::push_outcome how) {
  const auto& [of, target, from] = each;
  line_of(from.via).ended(from.user, from.origin);
  for (const auto& change : watch_.heard(from, how, steady_now())) {
    if (change.of_provider)
      host_.metrics->push_outages[static_cast<std::size_t>(from.via)].set(
          change.outage ? static_cast<std::int64_t>(host_.now()) - change.lasted.count() : 0);
    if (change.outage)
      log_warn("push", "{}", change.words);
    else
      log_info("push", "{}", change.words);
  }
  log_debug("push", "{} of {} in {}: {}", target.device(), of->of.user.text(),
         of->of.channel.text(), how.describe());
  of->told.devices.push_back({target.device(), target.token(), std::move(how)});
  send_waiting(from.via);
  end(of);
}

// Nobody was told: later.
void push_actor::end_with(const job_ptr& of, const std::string& why) {
  for (const auto& target : of->targets)
    of->told.devices.push_back({target.device(), target.token(), not_now(why)});
  log_debug("push", "a push to {} waits: {}", of->of.user.text(), why);
  end(of);
}

// When all of its devices are told, or there is nothing to tell.
void push_actor::end(const job_ptr& of) {
  if (!of->told.nothing && !of->told.no_news && of->told.devices.size() < of->of.targets.size())
    return;
  for (const auto each : of->probes)
    probing_[static_cast<std::size_t>(each)] = false;
  of->promise.deliver(std::move(of->told));
}

}  // namespace

caf::actor spawn_push(caf::actor_system& system, const host_services& host) {
  return system.spawn<push_actor>(std::cref(host));
}

}  // namespace carillon
