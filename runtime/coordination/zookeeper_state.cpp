#include "runtime/coordination/zookeeper_state.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/ensure.hpp"

namespace carillon::zookeeper {
namespace {

// Something is not as it should be, and only people can mend it: looked at again after this.
constexpr std::chrono::milliseconds look_again{5'000};
constexpr std::chrono::milliseconds stumble_pause{1'000};

}  // namespace

zookeeper_state::zookeeper_state(zk_options options, std::optional<wire::founding_facts> facts,
                                 random_source& random)
    : options_(std::move(options)), random_(random), facts_(std::move(facts)) {
  trouble_ = fmt::format("no connection to ZooKeeper at {} yet", options_.servers);
  out_.open_session = true;
}

// -- the session ----------------------------------------------------------------------------------

void zookeeper_state::session(zk_session what, session_id id, tick_time now, const std::string& why) {
  now_ = now;
  switch (what) {
    case zk_session::connected:
      if (session_ != id)
        told_registered_ = false;
      session_ = id;
      up_ = true;
      told_.clear();
      note(false, fmt::format("connected to ZooKeeper at {}", options_.servers));
      start_over();
      return;
    case zk_session::lost:
      if (!up_)
        return;  // it was not there
      stop_all();
      trouble_ = fmt::format("ZooKeeper at {} is away", options_.servers);
      note(true, trouble_);
      return;
    // Every node of ours is gone there, whatever we still believed: somebody else may lead by now.
    case zk_session::expired:
      stop_all();
      session_ = 0;
      trouble_ = "the session with ZooKeeper has expired";
      note(true, trouble_);
      out_.open_session = true;
      return;
    case zk_session::refused:
      stop_all();
      session_ = 0;
      reopen_ = true;
      wait(fmt::format("ZooKeeper at {} cannot be used: {}", options_.servers,
                       why.empty() ? "it refuses this host" : why),
           look_again);
      return;
  }
}

void zookeeper_state::stop_all() {
  up_ = false;
  registered_ = false;
  again_at_.reset();
  look_at_.reset();
  for (int each = folders; each < steps; ++each)
    begin(static_cast<step>(each));
  lose_lease();
}

void zookeeper_state::start_over() {
  again_at_.reset();
  registered_ = false;
  for (int each = folders; each < steps; ++each)
    begin(static_cast<step>(each));
  lose_lease();
  if (folders_made_)
    look_for_cluster();
  else
    make_folders(0);
}

void zookeeper_state::lose_lease() {
  begin(view);  // an answer that still comes is nobody's
  if (std::exchange(changing_, false))
    out_.changed = make_error(errc::not_owner, "this host is not the ring's leader any more");
  if (!lease_)
    return;
  lease_.reset();
  out_.lease_changed = true;
}

// -- requests -------------------------------------------------------------------------------------

void zookeeper_state::begin(step which) {
  ++rounds_[which];
  std::erase_if(questions_, [which](const auto& each) { return each.second.which == which; });
}

void zookeeper_state::ask(step which, zk_request request, then next) {
  request.id = ++last_id_;
  questions_.emplace(request.id, question{which, rounds_[which], std::move(next)});
  out_.requests.push_back(std::move(request));
}

void zookeeper_state::replied(const zk_reply& reply, tick_time now) {
  now_ = now;
  auto at = questions_.find(reply.id);
  if (at == questions_.end())
    return;  // of a step that began anew, or of a session that is gone
  const then next = std::move(at->second.next);
  questions_.erase(at);
  next(reply);
}

void zookeeper_state::fired(const std::string& path, tick_time now) {
  now_ = now;
  if (!up_)
    return;  // all of it is looked at with the next connection
  if (path == at("/cluster")) {
    if (!facts_)
      look_for_cluster();
  } else if (path == own_node()) {
    register_myself();
  } else if (path == at("/hosts")) {
    look_for_others();
  } else if (path.starts_with(at("/election"))) {
    hold_election();
  }
}

void zookeeper_state::tick(tick_time now) {
  now_ = now;
  if (again_at_ && now >= *again_at_) {
    again_at_.reset();
    if (std::exchange(reopen_, false))
      out_.open_session = true;
    else if (up_)
      start_over();
  }
  if (look_at_ && now >= *look_at_)
    look_for_others();
}

// The connection's end is told by itself as a rule; that it was not is no reason to wait for ever.
void zookeeper_state::stumble(const std::string& what, const zk_reply& reply) {
  if (reply.code == zk_code::no_node)
    folders_made_ = false;  // somebody took away what everything stands below
  if (reply.code == zk_code::no_auth)
    return wait(fmt::format("ZooKeeper does not let this host {} (its ACL)", what), look_again);
  if (reply.code == zk_code::connection_lost || reply.code == zk_code::bad_version ||
      reply.code == zk_code::node_exists || reply.code == zk_code::no_node) {
    again_at_ = now_ + stumble_pause;
    return;
  }
  wait(fmt::format("ZooKeeper does not let this host {}: {}", what, reply.words), look_again);
}

void zookeeper_state::wait(std::string why, std::chrono::milliseconds pause) {
  if (std::exchange(told_, why) != why)
    note(true, why);
  trouble_ = std::move(why);
  again_at_ = now_ + pause;
}

zk_effects zookeeper_state::take_effects() {
  return std::exchange(out_, {});
}

void zookeeper_state::note(bool warning, std::string words) {
  out_.notes.push_back({warning, std::move(words)});
}

}  // namespace carillon::zookeeper
