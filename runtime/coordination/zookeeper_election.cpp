// Of zookeeper_state: who leads the ring, and the view that the leader keeps.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/base/ensure.hpp"
#include "runtime/coordination/zookeeper_state.hpp"
#include "runtime/wire/coordination_text.hpp"

namespace carillon::zookeeper {
namespace {

using kind = zk_request::kind;

constexpr std::chrono::milliseconds look_again{5'000};
constexpr std::size_t number_digits = 10;  // that ZooKeeper puts behind a sequential node's name

// "0000000123", rising with every candidate; empty: no candidate of ours.
std::string_view number_of(std::string_view candidate) {
  if (candidate.size() <= number_digits)
    return {};
  const auto number = candidate.substr(candidate.size() - number_digits);
  const bool digits = std::all_of(number.begin(), number.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  return digits ? number : std::string_view();
}

}  // namespace

void zookeeper_state::run(bool wants, tick_time now) {
  now_ = now;
  if (std::exchange(wants_, wants) == wants)
    return;
  if (!wants)
    lose_lease();
  if (up_)
    hold_election();
}

// The session is in the name: whether a candidacy is ours can be told after its answer was lost.
std::string zookeeper_state::candidate_prefix() const {
  return fmt::format("{:016x}-{}-", session_, options_.myself.member().name());
}

// Looks at all candidates; what is to be done follows from who is there.
void zookeeper_state::hold_election() {
  begin(election);
  if (!registered_ || !facts_)
    return;  // the way leads here
  const std::string path = at("/election");
  ask(election, {.what = kind::children, .path = path}, [this, path](const zk_reply& reply) {
    if (reply.code != zk_code::ok)
      return stumble("read " + path, reply);
    std::vector<std::string> candidates = reply.children;
    std::erase_if(candidates, [](const std::string& name) { return number_of(name).empty(); });
    std::sort(candidates.begin(), candidates.end(),
              [](const auto& a, const auto& b) { return number_of(a) < number_of(b); });
    stand(candidates);
  });
}

void zookeeper_state::stand(const std::vector<std::string>& candidates) {
  const std::string prefix = candidate_prefix();
  auto again = [this](const zk_reply& reply) {
    if (reply.code == zk_code::ok || reply.code == zk_code::no_node)
      return hold_election();
    stumble("stand for election at " + at("/election"), reply);
  };
  const auto mine = std::find_if(candidates.begin(), candidates.end(),
                                 [&](const auto& name) { return name.starts_with(prefix); });
  if (mine == candidates.end()) {
    lose_lease();
    if (wants_)
      ask(election,
          {.what = kind::create, .path = at("/election/" + prefix), .ephemeral = true, .sequential = true},
          again);
    return;
  }
  if (!wants_)
    return ask(election, {.what = kind::remove, .path = at("/election/" + *mine)}, again);
  if (mine == candidates.begin())
    return lead(at("/election/" + *mine));
  lose_lease();
  // Only the one before: when the leader goes, one host hears of it and not all of them.
  ask(election, {.what = kind::exists, .path = at("/election/" + *(mine - 1)), .watch = true},
      [again](const zk_reply& reply) {
        if (reply.code != zk_code::ok)
          again(reply);
      });
}

void zookeeper_state::lead(const std::string& node) {
  ask(election, {.what = kind::exists, .path = node, .watch = true}, [this](const zk_reply& reply) {
    if (reply.code == zk_code::no_node)
      return hold_election();
    if (reply.code != zk_code::ok)
      return stumble("look at its candidacy", reply);
    if (lease_ && lease_->fence == reply.made)
      return;  // as it was
    lose_lease();
    read_view(reply.made);
  });
}

// -- the view -------------------------------------------------------------------------------------

void zookeeper_state::read_view(std::uint64_t fence) {
  begin(view);
  const std::string path = at("/view");
  ask(view, {.what = kind::get, .path = path}, [this, path, fence](const zk_reply& reply) {
    if (reply.code != zk_code::ok && reply.code != zk_code::no_node)
      return stumble("read " + path, reply);
    ring_lease lease{.fence = fence, .view = {}};
    view_version_ = reply.code == zk_code::ok ? reply.version : -1;
    if (reply.code == zk_code::ok && !reply.data.empty()) {
      auto record = wire::read_view(reply.data);
      if (!record || record->cluster_id() != facts_->cluster_id())
        return wait(fmt::format("{} in ZooKeeper is no ring view of this cluster: remove it, and the "
                                "hosts write theirs",
                                path),
                    look_again);
      if (record->fence() > fence)
        return wait(fmt::format("{} in ZooKeeper is of a later leader (fence {}) than this host "
                                "would be ({}): was ZooKeeper put back to an older state? Remove it, "
                                "and the hosts write theirs",
                                path, record->fence(), fence),
                    look_again);
      lease.view = std::move(*record->mutable_view());
    }
    lease_ = std::move(lease);
    out_.lease_changed = true;
    note(false, fmt::format("this host leads the ring, fence {}", fence));
    look_for_others();
  });
}

void zookeeper_state::change(const wire::ring_view& next, tick_time now) {
  now_ = now;
  ENSURE(lease_ && !changing_, "a leader makes one change at a time");
  wire::view_record record;
  record.set_cluster_id(facts_->cluster_id());
  record.set_fence(lease_->fence);
  *record.mutable_view() = next;
  std::string bytes = wire::to_bytes(record);
  if (bytes.size() > record_bytes_max) {
    out_.changed = make_error(
        errc::invalid_arguments,
        fmt::format("the ring view takes {} bytes, ZooKeeper takes {} at most: fewer hosts or slots",
                    bytes.size(), record_bytes_max));
    note(true, out_.changed->error().detail);
    return;
  }
  changing_ = true;
  const bool is_new = view_version_ < 0;
  ask(view,
      {.what = is_new ? kind::create : kind::set,
       .path = at("/view"),
       .data = std::move(bytes),
       .version = view_version_},
      [this, is_new](const zk_reply& reply) {
        if (reply.code == zk_code::ok) {
          view_version_ = is_new ? 0 : reply.version;
          changing_ = false;
          out_.changed = ok;
          return;
        }
        if (reply.code == zk_code::bad_version || reply.code == zk_code::node_exists)
          note(true, "somebody else has changed the ring view in ZooKeeper: it is read again");
        lose_lease();
        stumble("change " + at("/view"), reply);
      });
}

}  // namespace carillon::zookeeper
