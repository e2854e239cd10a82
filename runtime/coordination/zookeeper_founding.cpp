// Of zookeeper_state: the cluster's folders, whose cluster it is, this host's place in it, and who else
// is there.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/coordination/zookeeper_state.hpp"
#include "runtime/wire/coordination_text.hpp"

namespace carillon::zookeeper {
namespace {

using kind = zk_request::kind;

constexpr std::chrono::milliseconds look_again{5'000};
// A host that is no member yet tells so many others of itself; they tell it of the rest.
constexpr std::size_t others_asked_max = 16;
// The meta group has so many voters at most (actors/link/cluster_formation.hpp).
constexpr std::size_t voters_max = 5;

std::string cluster_words(const std::string& name, std::uint64_t id) {
  return fmt::format("\"{}\" (its id is {})", name, id);
}

}  // namespace

std::string zookeeper_state::own_node() const {
  return at("/hosts/" + options_.myself.member().name());
}

// -- folders --------------------------------------------------------------------------------------

// Looked for before they are made: who may not make anything above the cluster's node is refused there,
// whether it exists or not.
void zookeeper_state::make_folders(std::size_t done) {
  std::vector<std::string> paths;
  for (std::size_t end = options_.root.find('/', 1);; end = options_.root.find('/', end + 1)) {
    paths.push_back(options_.root.substr(0, end));
    if (end == std::string::npos)
      break;
  }
  paths.push_back(at("/hosts"));
  paths.push_back(at("/election"));
  if (done == paths.size()) {
    folders_made_ = true;
    return look_for_cluster();
  }
  const std::string path = paths[done];
  auto go_on = [this, done] { make_folders(done + 1); };
  ask(folders, {.what = kind::exists, .path = path}, [this, path, go_on](const zk_reply& there) {
    if (there.code == zk_code::ok)
      return go_on();
    if (there.code != zk_code::no_node)
      return stumble("look for " + path, there);
    ask(folders, {.what = kind::create, .path = path}, [this, path, go_on](const zk_reply& made) {
      if (made.code == zk_code::ok || made.code == zk_code::node_exists)
        return go_on();
      stumble("make " + path, made);
    });
  });
}

// -- the cluster ----------------------------------------------------------------------------------

void zookeeper_state::look_for_cluster() {
  begin(cluster);
  const std::string path = at("/cluster");
  ask(cluster, {.what = kind::get, .path = path}, [this, path](const zk_reply& reply) {
    if (reply.code == zk_code::ok)
      return take_cluster(reply);
    if (reply.code != zk_code::no_node)
      return stumble("read " + path, reply);
    if (facts_) {  // founded before ZooKeeper was asked, or its node was taken away
      wire::founding_record record;
      record.set_cluster_name(options_.myself.cluster_name());
      *record.mutable_facts() = *facts_;
      ask(cluster, {.what = kind::create, .path = path, .data = wire::to_text(record)},
          [this, path](const zk_reply& made) {
            if (made.code == zk_code::ok || made.code == zk_code::node_exists)
              return look_for_cluster();
            stumble("make " + path, made);
          });
      return;
    }
    ask(cluster, {.what = kind::exists, .path = path, .watch = true},
        [this, path](const zk_reply& there) {
          if (there.code == zk_code::ok)
            return look_for_cluster();
          if (there.code != zk_code::no_node)
            return stumble("look for " + path, there);
          register_myself();
        });
  });
}

// A host of another cluster leaves no trace in this one.
void zookeeper_state::take_cluster(const zk_reply& reply) {
  const auto record = wire::read_founding(reply.data);
  const wire::host_registration& mine = options_.myself;
  if (!record || record->facts().cluster_id() == 0 || record->facts().meta_voters_size() == 0)
    return wait(fmt::format("{} in ZooKeeper is not what founds a cluster of hosts", at("/cluster")),
                look_again);
  if (record->cluster_name() != mine.cluster_name())
    return wait(fmt::format("{} in ZooKeeper belongs to the cluster {}, this host is of \"{}\": see "
                            "cluster.zookeeper.root",
                            options_.root,
                            cluster_words(record->cluster_name(), record->facts().cluster_id()),
                            mine.cluster_name()),
                look_again);
  if (facts_ && facts_->cluster_id() != record->facts().cluster_id())
    return wait(fmt::format("{} in ZooKeeper belongs to another cluster of the name {}; the id of this "
                            "host's is {}",
                            options_.root,
                            cluster_words(record->cluster_name(), record->facts().cluster_id()),
                            facts_->cluster_id()),
                look_again);
  if (record->facts().slots() != mine.slots())
    return wait(fmt::format("the cluster at {} in ZooKeeper has {} slots, this host has {}",
                            options_.root, record->facts().slots(), mine.slots()),
                look_again);
  if (!facts_) {
    facts_ = record->facts();
    out_.founded = facts_;
  }
  register_myself();
}

// -- this host ------------------------------------------------------------------------------------

void zookeeper_state::register_myself() {
  begin(registration);
  wire::host_registration said = options_.myself;
  said.set_cluster_id(facts_ ? facts_->cluster_id() : 0);
  const std::string mine = wire::to_text(said);
  ask(registration, {.what = kind::get, .path = own_node(), .watch = true},
      [this, mine](const zk_reply& reply) {
        if (reply.code == zk_code::ok)
          return judge_registration(reply, mine);
        if (reply.code != zk_code::no_node)
          return stumble("read " + own_node(), reply);
        ask(registration,
            {.what = kind::create, .path = own_node(), .data = mine, .ephemeral = true},
            [this](const zk_reply& made) {
              // There already: made by us, and the answer was lost; or by another. It says so itself.
              if (made.code == zk_code::ok || made.code == zk_code::node_exists)
                return register_myself();
              stumble("make " + own_node(), made);
            });
      });
}

// Whose node it is that has our name.
void zookeeper_state::judge_registration(const zk_reply& reply, const std::string& mine) {
  auto again = [this](const zk_reply& done) {
    if (done.code == zk_code::ok || done.code == zk_code::no_node || done.code == zk_code::bad_version)
      return register_myself();
    stumble("change " + own_node(), done);
  };
  if (reply.owner == session_ && reply.data != mine)
    return ask(registration,
               {.what = kind::set, .path = own_node(), .data = mine, .version = reply.version}, again);
  if (reply.owner == session_) {
    registered_ = true;
    trouble_.clear();
    if (!std::exchange(told_registered_, true))
      note(false, fmt::format("registered in ZooKeeper at {}", own_node()));
    look_for_others();
    return hold_election();
  }
  if (reply.owner == 0)
    return wait(fmt::format("{} in ZooKeeper was made by somebody else, for ever: remove it",
                            own_node()),
                look_again);
  const auto theirs = wire::read_registration(reply.data);
  const wire::ring_member& me = options_.myself.member();
  const bool is_former = theirs && theirs->member().store_id() == me.store_id() &&
                         (theirs->member().incarnation() == me.incarnation() ||
                          theirs->member().starts() < me.starts());
  if (is_former)  // of an earlier session, which has not expired yet
    return ask(registration,
               {.what = kind::remove, .path = own_node(), .version = reply.version}, again);
  wait(fmt::format("another host is registered as \"{}\" in ZooKeeper{}", me.name(),
                   theirs ? ", at " + theirs->member().peer_address() : std::string()),
       look_again);
}

// -- the others -----------------------------------------------------------------------------------

// The leader follows who comes, and so does everybody while there is no cluster yet. Others look once, and
// again until they are members: a thousand hosts do not watch one another.
void zookeeper_state::look_for_others() {
  begin(others);
  look_at_.reset();
  const bool follows = !facts_ || lease_;
  if (!registered_ || (joined_ && !follows))
    return;
  const std::string path = at("/hosts");
  ask(others, {.what = kind::children, .path = path, .watch = follows},
      [this, path, follows](const zk_reply& reply) {
        if (reply.code != zk_code::ok)
          return stumble("read " + path, reply);
        std::vector<std::string> names = reply.children;
        std::sort(names.begin(), names.end());
        std::erase(names, options_.myself.member().name());
        std::erase_if(known_, [&](const auto& each) {
          return !std::binary_search(names.begin(), names.end(), each.first);
        });
        if (!follows) {
          const auto after =
              std::upper_bound(names.begin(), names.end(), options_.myself.member().name());
          std::rotate(names.begin(), after, names.end());
          names.resize(std::min(names.size(), others_asked_max));
        } else if (facts_) {
          std::erase_if(names, [this](const std::string& name) { return known_.count(name) > 0; });
        }
        others_asked_ = names.size();
        for (const std::string& name : names)
          ask(others, {.what = kind::get, .path = path + "/" + name},
              [this, name](const zk_reply& node) { take_other(name, node); });
        if (names.empty())
          others_known();
      });
}

void zookeeper_state::take_other(const std::string& name, const zk_reply& reply) {
  if (auto host = reply.code == zk_code::ok ? wire::read_registration(reply.data) : std::nullopt;
      host && host->member().name() == name &&
      host->cluster_name() == options_.myself.cluster_name() && host->slots() == options_.myself.slots())
    known_[name] = std::move(*host);
  if (--others_asked_ == 0)
    others_known();
}

void zookeeper_state::others_known() {
  out_.hosts.clear();
  for (const auto& [name, host] : known_)
    out_.hosts.push_back(host);
  if (!facts_)
    return found();
  if (!joined_ && !lease_)
    look_at_ = now_ + look_again;
}

// All who see enough hosts propose; ZooKeeper takes one proposal, and everyone follows that.
void zookeeper_state::found() {
  std::map<std::string, std::uint64_t> there;
  there[options_.myself.member().name()] = options_.myself.member().store_id();
  for (const auto& [name, host] : known_)
    there[name] = host.member().store_id();
  if (there.size() < options_.hosts_to_found) {
    std::string names;
    for (const auto& [name, id] : there)
      names += (names.empty() ? "" : ", ") + name;
    trouble_ = fmt::format("{} of {} hosts that found the cluster are registered in ZooKeeper at {}: {}",
                           there.size(), options_.hosts_to_found, options_.root, names);
    return;
  }
  wire::founding_record record;
  record.set_cluster_name(options_.myself.cluster_name());
  auto& facts = *record.mutable_facts();
  while (facts.cluster_id() == 0)
    facts.set_cluster_id(random_.next());
  const std::size_t most = std::min<std::size_t>(options_.hosts_to_found, voters_max);
  std::vector<std::uint64_t> voters;
  for (const auto& [name, id] : there)
    if (voters.size() < most)
      voters.push_back(id);
  std::sort(voters.begin(), voters.end());
  for (std::uint64_t voter : voters)
    facts.add_meta_voters(voter);
  facts.set_slots(options_.myself.slots());
  begin(cluster);
  ask(cluster, {.what = kind::create, .path = at("/cluster"), .data = wire::to_text(record)},
      [this](const zk_reply& made) {
        if (made.code == zk_code::ok || made.code == zk_code::node_exists)
          return look_for_cluster();
        stumble("make " + at("/cluster"), made);
      });
}

}  // namespace carillon::zookeeper
