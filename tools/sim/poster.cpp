#include "tools/sim/clients.hpp"

#include <algorithm>

namespace carillon::sim {
namespace {

constexpr sim_time patience_there = 6 * second;   // what the host is given to answer
constexpr sim_time patience_here = 8 * second;    // then the client takes the host for gone
constexpr std::size_t own_posts_kept = 8;

// The channel has spoken: asking again cannot help.
bool is_final(std::uint32_t number) {
  const auto why = static_cast<errc>(number - 1);
  return why == errc::not_in_channel || why == errc::channel_not_found;
}

// Words that speak of people, of a quarter of all posts.
spoken_of draw_mention(const site& where, random_source& chance) {
  spoken_of out;
  const std::uint64_t dice = chance.below(16);
  if (dice < 3) {
    out.users.push_back(where.users[chance.below(where.users.size())]);
    out.words = " <@" + out.users.back().text() + ">";
  }
  if (dice >= 2 && dice < 4) {
    out.everybody = true;
    out.words += chance.below(2) == 0 ? " @here" : " <!channel>";
  }
  return out;
}

}  // namespace

site draw_site(random_source& chance) {
  site drawn;
  drawn.team = chance.new_id(id_kind::team);
  for (int i = 0; i < 6; ++i)
    drawn.users.push_back(chance.new_id(id_kind::user));
  for (int i = 0; i < 4; ++i)
    drawn.channels.push_back(chance.new_id(id_kind::channel));
  return drawn;
}

void let_people_come_and_go(site& where) {
  where.room = {4, 4, where.users.size(), where.users.size()};
  where.founders = {3, 4, 2, 3};
}

poster::poster(world& in, const site& where, std::size_t number, std::uint64_t seed)
    : world_(in), site_(where), number_(number), chance_(seed),
      at_(static_cast<machine_number>(number % in.machines.size())) {
  self_.set_team_id(where.team.text());
  self_.set_user_id(where.users[number].text());
}

void poster::start() {
  rest();
}

void poster::rest() {
  world_.time.after((50 + chance_.below(700)) * millisecond, [this] { begin(); });
}

void poster::begin() {
  if (open_ || finishing_)
    return;
  open_ = draw();
  attempt();
}

poster::operation poster::make_post(const entity_id& channel) {
  operation op;
  op.what = kind::post;
  op.channel = channel;
  op.insists = chance_.below(2) == 0;
  spoken_of whom;
  if (site_.comes_and_goes())
    whom = draw_mention(site_, chance_);
  const std::string words = whom.words;
  op.post = world_.truth.posts(channel, site_.users[number_], op.insists, std::move(whom));
  auto& post = *op.request.mutable_post();
  post.set_text(post_text(op.post) + words);
  if (op.insists)
    post.set_client_msg_id("c" + post_text(op.post));
  world_.count.posts += 1;
  return op;
}

// One that this person may be in. Small ones stay small: not everybody comes there.
std::size_t poster::draw_channel() {
  std::size_t chosen = 0;
  do
    chosen = chance_.below(site_.channels.size());
  while (number_ >= site_.room[chosen]);
  return chosen;
}

bool poster::is_in(const entity_id& channel) const {
  const auto known = in_.find(channel);
  if (known != in_.end())
    return known->second;
  const auto place = std::find(site_.channels.begin(), site_.channels.end(), channel);
  return number_ < site_.founders[static_cast<std::size_t>(place - site_.channels.begin())];
}

poster::operation poster::draw() {
  operation op;
  op.channel = site_.channels[chance_.below(site_.channels.size())];
  if (number_ == 0 && founded_ < site_.channels.size()) {
    op.what = kind::found;
    op.channel = site_.channels[founded_];
    op.insists = true;
    op.request.mutable_create()->set_name("channel");
    for (std::size_t user = 0; user < site_.users.size(); ++user)
      if (!site_.comes_and_goes() || user < site_.founders[founded_])
        op.request.mutable_create()->add_members(site_.users[user].text());
    return op;
  }
  if (site_.comes_and_goes())
    op.channel = site_.channels[draw_channel()];
  const std::uint64_t dice = chance_.below(100);
  if (dice < 8 && !acknowledged_.empty()) {
    const mine& chosen = acknowledged_[chance_.below(acknowledged_.size())];
    op.channel = chosen.channel;
    op.what = dice < 6 ? kind::edit : kind::erase;
    if (op.what == kind::edit) {
      op.request.mutable_update()->set_ts(chosen.ts);
      op.request.mutable_update()->set_text(std::string(changed_text));
    } else {
      op.request.mutable_delete_()->set_ts(chosen.ts);
    }
    world_.count.edits += 1;
    return op;
  }
  if (dice < 24) {
    op.what = kind::read;
    at_ = static_cast<machine_number>(chance_.below(world_.machines.size()));
    op.at_least = world_.truth.acknowledged_seq(op.channel);
    op.request.mutable_history()->set_limit(20);
    return op;
  }
  if (dice < 26) {
    op.what = kind::topic;
    op.request.mutable_set_topic()->set_value("topic " + std::to_string(chance_.below(1'000)));
    return op;
  }
  if (site_.comes_and_goes() && (dice < 34 || !is_in(op.channel))) {
    op.what = kind::come_or_go;
    if (is_in(op.channel))
      op.request.mutable_leave();
    else
      op.request.mutable_join();
    return op;
  }
  if (dice < 30 && number_ + 1 == site_.users.size()) {
    op.what = kind::come_or_go;
    op.channel = site_.channels.back();
    if (is_member_)
      op.request.mutable_leave();
    else
      op.request.mutable_join();
    return op;
  }
  return make_post(op.channel);
}

void poster::attempt() {
  if (chance_.below(8) == 0 || open_->attempts > 0)
    at_ = static_cast<machine_number>(chance_.below(world_.machines.size()));
  open_->attempts += 1;
  open_->request.set_channel_id(open_->channel.text());
  *open_->request.mutable_by() = self_;
  const std::uint64_t call = ++call_;
  machine& there = *world_.machines[at_];
  world_.time.after(world_.wires.draw_delay(), [this, call, &there] {
    if (!there.is_up())
      return world_.time.after(10 * millisecond, [this, call] { over(call, std::nullopt); });
    there.run([this, call, &there] {
      if (!open_ || call != call_)
        return;  // nobody waits any more: the connection was closed
      there.process()->call(open_->request, patience_there, [this, call](wire::channel_reply reply) {
        world_.time.after(world_.wires.draw_delay(), [this, call, reply = std::move(reply)]() mutable {
          over(call, std::move(reply));
        });
      });
    });
  });
  world_.time.after(patience_here, [this, call] { over(call, std::nullopt); });
}

// nullopt, or a reply without content: the connection is gone, and what became of the call is not
// known.
void poster::over(std::uint64_t call, std::optional<wire::channel_reply> reply) {
  if (call != call_ || !open_)
    return;
  ++call_;
  const bool answered = reply && (reply->errc() != 0 || reply->ByteSizeLong() > 0);
  if (answered && reply->errc() == 0) {
    good(*reply);
  } else if (open_->insists && !(answered && is_final(reply->errc()))) {
    return again();
  } else {
    world_.count.refused += 1;
  }
  open_.reset();
  rest();
}

void poster::again() {
  world_.count.retries += 1;
  world_.time.after((50 + chance_.below(400)) * millisecond, [this] { attempt(); });
}

void poster::good(const wire::channel_reply& reply) {
  world_.note("ack", number_, static_cast<std::uint64_t>(open_->what), reply.event().seq(),
              reply.event().ts());
  world_.count.acknowledged += 1;
  switch (open_->what) {
    case kind::found:
      ++founded_;
      return;
    case kind::post:
      world_.truth.acknowledged(open_->post, reply.event());
      acknowledged_.push_back({open_->channel, reply.event().ts()});
      if (acknowledged_.size() > own_posts_kept)
        acknowledged_.erase(acknowledged_.begin());
      return;
    case kind::read:
      world_.count.reads += 1;
      world_.truth.read(open_->channel, reply.messages(), reply.last_seq(), open_->at_least,
                        !reply.has_more());
      return;
    case kind::come_or_go:
      is_member_ = open_->request.has_join();
      if (site_.comes_and_goes())
        in_[open_->channel] = is_member_;
      [[fallthrough]];
    default:
      if (reply.event().seq() != 0)  // 0: it was so before
        world_.truth.acknowledged(open_->channel, reply.event());
  }
}

std::string poster::describe() const {
  if (!open_)
    return "idle";
  return std::string("waits in ") + open_->channel.text() + ", attempt " +
         std::to_string(open_->attempts) + " at host " + std::to_string(at_);
}

}  // namespace carillon::sim
