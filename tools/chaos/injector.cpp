#include "tools/chaos/injector.hpp"

#include <algorithm>
#include <csignal>
#include <numeric>

namespace carillon::chaos {
namespace {

// An operator's patience with a host that is told to end, and with one that starts again; then the
// next is taken, as a restart script does.
constexpr std::chrono::seconds to_end{20}, to_be_well{30};
constexpr std::chrono::milliseconds between_questions{200};
constexpr std::chrono::seconds between_launches{3}; // of a server that does not come up

// Against an error of its disk a host is restarted, once the disk is well (README.md).
bool wants_restart(fault_kind kind) {
  return kind == fault_kind::disk_full || kind == fault_kind::fsync_error ||
         kind == fault_kind::write_error;
}

} // namespace

target injector::choose(const fault_plan& plan, random_source& chance) const {
  target whom;
  const bool visits = plan.fault == fault_kind::visit;
  const bool all = (plan.host == "all" && !visits) || plan.fault == fault_kind::kill_all ||
                   plan.fault == fault_kind::rolling_restart;
  if (all) {
    whom.hosts.resize(stage_.members());
    std::iota(whom.hosts.begin(), whom.hosts.end(), std::size_t{0});
  } else if (visits && (plan.host.empty() || plan.host == "all")) {
    whom.hosts.resize(stage_.size() - stage_.members());
    std::iota(whom.hosts.begin(), whom.hosts.end(), stage_.members());
  } else if (may_have(plan.fault, "host")) {
    whom.hosts = {plan.host.empty() ? chance.below(stage_.members())
                                    : static_cast<std::size_t>(plan.host[0] - 'a')};
  }
  for (std::size_t peer = 0; peer < stage_.size(); ++peer) {
    bool meant = plan.peer.empty() || plan.peer == "all" ||
                 peer == static_cast<std::size_t>(plan.peer[0] - 'a');
    if (meant && (all || (!whom.hosts.empty() && peer != whom.hosts.front())))
      whom.peers.push_back(peer);
  }
  whom.outwards = chance.below(2) == 0;
  return whom;
}

std::set<std::size_t> injector::excused(const fault_plan& plan, const target& whom) const {
  switch (plan.fault) {
  case fault_kind::none:
  case fault_kind::slow_fsync: // slow is not broken
  case fault_kind::clock:
  case fault_kind::drain: // nobody is to notice
  case fault_kind::visit:
  case fault_kind::postgres_kill: // who is signed in stays so
  case fault_kind::postgres_stop:
  case fault_kind::postgres_restart:
  case fault_kind::zookeeper_kill: // chat needs none
  case fault_kind::zookeeper_stop:
  case fault_kind::reconnect_storm: // they drop theirs themselves
    return {};
  default:
    return {whom.hosts.begin(), whom.hosts.end()};
  }
}

injector::handle injector::begin(const fault_plan& plan, const target& whom, tick_time now) {
  handle which = next_++;
  fault& what = active_[which];
  what.plan = plan;
  what.whom = whom;
  what.hits_before = hits(whom);
  strike(what, now);
  if (ends_itself(plan.fault))
    what.ended = true;
  apply_weather();
  return which;
}

std::string injector::end(handle which, tick_time now) {
  auto found = active_.find(which);
  if (found == active_.end() || found->second.ended)
    return {};
  fault& what = found->second;
  std::uint64_t met = hits(what.whom) - what.hits_before;
  what.ended = true;
  apply_weather();
  heal(what, now);
  switch (what.plan.fault) {
  case fault_kind::slow_fsync:
  case fault_kind::hang_fsync:
  case fault_kind::fsync_error:
  case fault_kind::write_error:
    return std::to_string(met) + " calls met " + std::string(to_string(what.plan.fault));
  case fault_kind::memory:
    return met == 0 ? "nobody was killed for memory" : "killed for memory";
  default:
    return {};
  }
}

std::uint64_t injector::hits(const target& whom) const {
  std::uint64_t sum = 0;
  for (std::size_t host : whom.hosts) {
    if (host < stage_.shims().size())
      sum += stage_.shims()[host]->syncs_hit() + stage_.shims()[host]->writes_hit();
    if (host < stage_.cages().size())
      sum += stage_.cages()[host]->kills();
  }
  return sum;
}

void injector::strike(fault& what, tick_time) {
  auto& hosts = stage_.hosts();
  switch (what.plan.fault) {
  case fault_kind::kill:
    for (std::size_t host : what.whom.hosts) {
      hosts.process(host).kill_now();
      if (what.plan.lose_unsynced)
        lose_unsynced(host);
    }
    break;
  case fault_kind::kill_all:
    for (std::size_t host : what.whom.hosts)
      if (hosts.process(host).is_running())
        hosts.process(host).signal(SIGKILL); // all at once, before one is waited for
    for (std::size_t host : what.whom.hosts)
      hosts.process(host).kill_now();
    for (std::size_t host : what.whom.hosts) {
      if (what.plan.lose_unsynced)
        lose_unsynced(host);
      hosts.launch(host); // the power comes back at once; the wait is for the restart
    }
    break;
  case fault_kind::stop:
    for (std::size_t host : what.whom.hosts)
      if (hosts.process(host).is_running())
        hosts.process(host).signal(SIGSTOP);
    break;
  case fault_kind::disk_full:
    for (std::size_t host : what.whom.hosts)
      stage_.disks().at(host)->fill();
    break;
  case fault_kind::memory:
    for (std::size_t host : what.whom.hosts)
      stage_.cages().at(host)->limit(static_cast<std::int64_t>(what.plan.headroom_mb * 1'048'576));
    break;
  case fault_kind::postgres_kill:
    stage_.postgres()->kill();
    break;
  case fault_kind::postgres_stop:
    stage_.postgres()->freeze();
    break;
  case fault_kind::postgres_restart:
    stage_.postgres()->stop();
    break;
  case fault_kind::zookeeper_kill:
    stage_.zookeeper()->kill_all();
    break;
  case fault_kind::zookeeper_stop:
    for (std::size_t server = 0; server < stage_.zookeeper()->size(); ++server)
      stage_.zookeeper()->freeze(server);
    break;
  case fault_kind::rolling_restart:
    what.to_restart.left = what.whom.hosts;
    break;
  case fault_kind::drain:
  case fault_kind::visit:
    for (std::size_t host : what.whom.hosts)
      what.errands.emplace_back(what.plan.fault == fault_kind::drain ? ring_errand::kind::drain
                                                                     : ring_errand::kind::visit,
                                host, std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::duration<double>(what.plan.seconds)));
    break;
  case fault_kind::reconnect_storm:
    around_.storm();
    break;
  default:
    break; // weather
  }
}

void injector::lose_unsynced(std::size_t host) {
  bytes_lost_ += stage_.shims().at(host)->lose_unsynced(stage_.hosts().entry(host).data);
}

void injector::heal(fault& what, tick_time now) {
  const auto& hosts = what.whom.hosts;
  switch (what.plan.fault) {
  case fault_kind::kill:
    std::for_each(hosts.begin(), hosts.end(), [&](std::size_t host) { launch_if_down(host); });
    break;
  case fault_kind::stop:
    for (std::size_t host : hosts)
      if (stage_.hosts().process(host).is_running() && !is_on(fault_kind::stop, host))
        stage_.hosts().process(host).signal(SIGCONT);
    break;
  case fault_kind::disk_full:
    for (std::size_t host : hosts)
      if (!is_on(fault_kind::disk_full, host))
        stage_.disks().at(host)->make_room();
    break;
  case fault_kind::memory:
    for (std::size_t host : hosts) {
      if (!is_on(fault_kind::memory, host))
        stage_.cages().at(host)->lift();
      launch_if_down(host);
    }
    break;
  case fault_kind::hang_fsync:
    std::for_each(hosts.begin(), hosts.end(), [&](std::size_t host) { launch_if_down(host); });
    break;
  case fault_kind::postgres_stop:
    stage_.postgres()->thaw();
    what.waits_for_postgres = true;
    break;
  case fault_kind::postgres_kill:
  case fault_kind::postgres_restart:
    what.waits_for_postgres = true;
    break;
  case fault_kind::zookeeper_kill:
  case fault_kind::zookeeper_stop:
    what.waits_for_zookeeper = true;
    break;
  default:
    break;
  }
  if (wants_restart(what.plan.fault))
    what.to_restart.left = hosts;
  if (what.waits_for_postgres)
    go_on_with_postgres(what, now);
}

void injector::tick(tick_time now) {
  for (auto each = active_.begin(); each != active_.end();) {
    fault& what = each->second;
    if (!what.ended && what.plan.fault == fault_kind::disk_full)
      for (std::size_t host : what.whom.hosts)
        stage_.disks().at(host)->fill(); // also what the host freed since
    if (!what.to_restart.left.empty())
      go_on_restarting(what.to_restart, now);
    if (what.waits_for_postgres)
      go_on_with_postgres(what, now);
    if (what.waits_for_zookeeper)
      go_on_with_zookeeper(what, now);
    for (ring_errand& errand : what.errands)
      errand.go_on(around_.ring, now);
    std::erase_if(what.errands, [](const ring_errand& errand) { return errand.is_over(); });
    bool over = what.ended && what.to_restart.left.empty() && !what.waits_for_postgres &&
                !what.waits_for_zookeeper && what.errands.empty();
    each = over ? active_.erase(each) : std::next(each);
  }
}

void injector::go_on_restarting(restarts& what, tick_time now) {
  using phase = restarts::phase;
  std::size_t host = what.left.front();
  auto& process = stage_.hosts().process(host);
  switch (what.now) {
  case phase::to_begin:
    if (process.is_running())
      process.signal(SIGTERM);
    what.now = phase::stopping;
    what.since = now;
    break;
  case phase::stopping:
    if (process.is_running() && now - what.since < to_end)
      break;
    process.kill_now();
    stage_.hosts().launch(host);
    what.now = phase::starting;
    what.since = now;
    break;
  case phase::starting:
    launch_if_down(host);
    if (now - what.asked < between_questions)
      break;
    what.asked = now;
    if (!around_.is_well(host) && now - what.since < to_be_well)
      break;
    what.left.erase(what.left.begin());
    what.now = phase::to_begin;
    break;
  }
}

void injector::go_on_with_postgres(fault& what, tick_time now) {
  faults::postgres_server& server = *stage_.postgres();
  for (const auto& [other, each] : active_)
    if (!each.ended && (each.plan.fault == fault_kind::postgres_kill ||
                        each.plan.fault == fault_kind::postgres_restart ||
                        each.plan.fault == fault_kind::postgres_stop))
      return; // that one brings it back
  if (now - what.asked < between_questions)
    return;
  what.asked = now;
  if (server.is_running() && server.takes_connections()) {
    what.waits_for_postgres = false;
    return;
  }
  // It may have ended again: the old one's processes were not all gone yet.
  if (now - what.launched < between_launches)
    return;
  server.kill();
  server.launch();
  what.launched = now;
}

void injector::go_on_with_zookeeper(fault& what, tick_time now) {
  faults::zookeeper_servers& servers = *stage_.zookeeper();
  for (const auto& [other, each] : active_)
    if (!each.ended && (each.plan.fault == fault_kind::zookeeper_kill ||
                        each.plan.fault == fault_kind::zookeeper_stop))
      return; // that one brings it back
  if (now - what.asked < between_questions)
    return;
  what.asked = now;
  bool all = true;
  for (std::size_t server = 0; server < servers.size(); ++server) {
    servers.thaw(server);
    servers.launch(server);
    all = all && servers.serves(server);
  }
  what.waits_for_zookeeper = !all;
}

void injector::launch_if_down(std::size_t host) {
  if (!stage_.hosts().process(host).is_running() && !is_on(fault_kind::kill, host))
    stage_.hosts().launch(host);
}

bool injector::is_on(fault_kind kind, std::size_t host) const {
  return std::any_of(active_.begin(), active_.end(), [&](const auto& each) {
    return !each.second.ended && each.second.plan.fault == kind && each.second.whom.has(host);
  });
}

bool injector::may_be_down(std::size_t host) const {
  return std::any_of(active_.begin(), active_.end(), [&](const auto& each) {
    const fault& what = each.second;
    switch (what.plan.fault) {
    case fault_kind::kill:
    case fault_kind::memory:
    case fault_kind::hang_fsync:
    case fault_kind::fsync_error:
    case fault_kind::write_error:
    case fault_kind::disk_full:
    case fault_kind::rolling_restart:
    case fault_kind::visit:
      return what.whom.has(host);
    default:
      return false; // also without its directory's server: a host waits for it
    }
  });
}

void injector::apply_weather() {
  std::vector<fault_at> on;
  for (const auto& [which, what] : active_)
    if (!what.ended)
      on.push_back({what.plan, what.whom});
  if (auto* network = stage_.network()) {
    auto links = links_under(on, stage_.size());
    for (std::size_t from = 0; from < stage_.size(); ++from)
      for (std::size_t to = 0; to < stage_.size(); ++to)
        if (from != to)
          network->set(from, to, links[from * stage_.size() + to]);
  }
  for (std::size_t host = 0; host < stage_.shims().size(); ++host)
    stage_.shims()[host]->set(host_under(on, host));
}

} // namespace carillon::chaos
