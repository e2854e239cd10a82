#include "tools/sim/user.hpp"

#include "actors/retention.hpp"
#include "actors/user/inbox_page.hpp"
#include "storage/inbox_store.hpp"
#include "storage/keys.hpp"
#include "tools/sim/overtaken_rows.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint64_t overtaken_one_in = 3;  // pages during which something is written

status load(user_state& state, const entity_id& id, const storage::message_store& tables) {
  auto channels = tables.user_channels(id);
  if (!channels)
    return channels.error();
  auto devices = tables.inboxes_near(id).devices(id);
  if (!devices)
    return devices.error();
  state.load_channels(*channels);
  state.load_devices(*devices);
  return ok;
}

bool answers_from_what_was_committed(const wire::user_request& request) {
  return request.has_list_channels() || request.has_inbox() || request.has_mentions();
}

}  // namespace

user::user(entity_id id, entity_house& house) : id_(id), house_(house), state_(id) {
  if (auto loaded = load(state_, id, house.tables()); !loaded)
    load_failure_ = loaded.error();
}

void user::end(const error& why) {
  *alive_ = false;
  in_flight_.clear();
  for (auto& [open, answer] : std::exchange(open_, {})) {
    wire::user_reply reply;
    reply.set_errc(static_cast<std::uint32_t>(why.code) + 1);
    answer(std::move(reply));
  }
}

void user::request(const user_request& request, user_answer answer) {
  const ticket open = ++last_;
  open_.emplace(open, std::move(answer));
  if (load_failure_) {
    refuse(open, *load_failure_);
    return house_.drop(id_);
  }
  if (answers_from_what_was_committed(*request))
    when_readable([this, open, request] { serve(open, request); });
  else
    serve(open, request);
}

void user::serve(ticket open, const user_request& request) {
  switch (request->op_case()) {
    case wire::user_request::kMembership:
      return carry_out(open, request, state_.project(request->membership()));
    case wire::user_request::kListChannels:
      return carry_out(open, request, state_.list(request->list_channels()));
    case wire::user_request::kInbox:
      return carry_out(open, request,
                       state_.see_device(request->inbox(), house_.wall_now(),
                                         house_.config().inbox.devices_max));
    case wire::user_request::kMentions:
      return count_mentions(open, request->mentions());
    default:
      return refuse(open, make_error(errc::internal_error, "a simulated device asks for nothing else"));
  }
}

void user::carry_out(ticket open, const user_request& request, user_outcome outcome) {
  if (!outcome)
    return when_readable([this, open, why = outcome.error()] { refuse(open, why); });
  if (request->has_inbox())
    return read_inbox(open, request, std::move(*outcome));
  auto reply = std::make_shared<wire::user_reply>(std::move(outcome->reply));
  if (!outcome->command)
    return when_settled([this, open, reply] {
      when_readable([this, open, reply] { answer(open, std::move(*reply)); });
    });
  propose(outcome->command, [this, open, request, reply] {
    if (request->has_membership())
      house_.tell_membership(id_, request->membership());
    answer(open, std::move(*reply));
  });
}

// ---- the inbox ----------------------------------------------------------------------------------

void user::read_inbox(ticket open, const user_request& request, user_decision device) {
  auto read = [this, open, request] { read_page(open, request); };
  if (device.command)
    propose(device.command, read);
  else
    when_settled(read);
}

std::vector<wire::user_channel> user::channels() const {
  wire::list_channels members;
  members.set_only_members(true);
  const auto rows = state_.list(members).reply;
  return {rows.channels().begin(), rows.channels().end()};
}

// On another thread, in a host: what is written meanwhile may be seen by a part of it.
void user::read_page(ticket open, const user_request& request) {
  when_readable([this, open, request, channels = channels()] {
    if (house_.chance().below(overtaken_one_in) != 0)
      return answer_page(open, request, house_.rows(), channels);
    const slot_id slot = house_.tables().slot_of(id_);
    std::vector<std::string> reaches;
    for (const auto& each : channels)
      if (auto channel = entity_id::parse(each.channel_id()))
        reaches.push_back(
            storage::make_table_prefix(slot, *channel, storage::table::inbox_reach).text());
    auto rows = std::make_shared<overtaken_rows>(
        house_.rows(), storage::family::index, reaches,
        storage::make_table_prefix(slot, id_, storage::table::inbox).text(),
        static_cast<std::size_t>(house_.chance().below(reaches.size() + 3)));  // its place is looked at, too
    house_.later((1 + house_.chance().below(60)) * millisecond,
                 [this, alive = alive_, open, request, channels, rows] {
                   if (*alive)
                     answer_page(open, request, *rows, channels);
                 });
  });
}

void user::answer_page(ticket open, const user_request& request, const storage::kv& from,
                       const std::vector<wire::user_channel>& channels) {
  const storage::inbox_store inboxes(from, house_.tables().slot_of(id_));
  auto page = read_inbox_page(inboxes, id_, request->inbox(), {channels.begin(), channels.end()},
                              retained_since(house_.wall_now(), house_.config()));
  if (!page)
    return refuse(open, page.error());
  wire::user_reply reply;
  *reply.mutable_inbox() = std::move(*page);
  answer(open, std::move(reply));
}

void user::count_mentions(ticket open, const wire::count_mentions& wanted) {
  const auto channel = entity_id::parse(wanted.channel_id());
  if (!channel)
    return refuse(open, make_error(errc::channel_not_found));
  when_readable([this, open, wanted, channel = *channel] {
    auto count = house_.tables().inboxes_near(id_).mentions(id_, channel, wanted.after(),
                                                            house_.config().limits.page_max);
    if (!count)
      return refuse(open, count.error());
    wire::user_reply reply;
    reply.set_mention_count(*count);
    answer(open, std::move(reply));
  });
}

// ---- waiting ------------------------------------------------------------------------------------

void user::propose(std::shared_ptr<const wire::slot_command> command, std::function<void()> then) {
  const std::uint64_t cookie = ++last_;
  in_flight_[cookie].push_back(std::move(then));
  house_.propose(id_, std::move(command), cookie);
}

void user::committed(std::uint64_t cookie) {
  auto found = in_flight_.find(cookie);
  if (found == in_flight_.end())
    return;
  auto waiting = std::move(found->second);
  in_flight_.erase(found);
  for (auto& then : waiting)
    then();
}

void user::when_settled(std::function<void()> then) {
  if (in_flight_.empty())
    then();
  else
    in_flight_.rbegin()->second.push_back(std::move(then));
}

void user::when_readable(std::function<void()> work) {
  house_.when_readable([this, alive = alive_, work = std::move(work)](bool leads) {
    if (!*alive)
      return;
    if (leads)
      work();
    else
      house_.drop(id_);
  });
}

void user::answer(ticket open, wire::user_reply reply) {
  auto found = open_.find(open);
  if (found == open_.end())
    return;
  auto answer = std::move(found->second);
  open_.erase(found);
  answer(std::move(reply));
}

void user::refuse(ticket open, const error& why) {
  if (why.code == errc::corrupt_record)
    house_.found_damage(why);
  wire::user_reply reply;
  reply.set_errc(static_cast<std::uint32_t>(why.code) + 1);
  reply.set_detail(why.detail);
  answer(open, std::move(reply));
}

}  // namespace carillon::sim
