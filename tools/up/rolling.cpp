#include "tools/up/rolling.hpp"

#include <algorithm>
#include <ostream>
#include <thread>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/ring/moves.hpp"
#include "tools/cli/data_folders.hpp"
#include "tools/client/host_process.hpp"
#include "tools/cluster/cluster_process.hpp"
#include "tools/ring/cluster_lacks.hpp"
#include "tools/ring/ring_look.hpp"
#include "tools/up/roll_plan.hpp"
#include "tools/up/seat.hpp"

namespace carillon::up {
namespace {

constexpr std::chrono::milliseconds look_pause{200};
// A host that rests tells its clients within five seconds; who comes after that stays until it ends.
constexpr std::chrono::seconds clients_time{8};

class roller {
public:
  roller(const rolling& how, std::string program, std::ostream& out)
      : how_(how), program_(std::move(program)), out_(out), hosts_(cluster::hosts_of(how.file)) {
    for (const auto& host : hosts_)
      wishes_.emplace_back(program_file(host.data));
  }

  // Why it cannot begin; empty: nothing.
  std::string obstacle() {
    for (const auto& host : hosts_)
      if (!is_held(up_file(host.data)))
        return fmt::format("no carillon up watches over {}: start the cluster with carillon up {}, then say "
                           "this again beside it",
                           host.name, how_.file);
    for (auto& wish : wishes_)
      if (!wish.take())
        return fmt::format("another carillon up --rolling is at work ({} is held)", wish.path());
    return {};
  }

  int run(std::ostream& err) {
    moved_at_ = steady_now();
    for (;;) {
      const roll_step step = next();
      switch (step.what) {
        case roll_step::kind::done:
          say("every host runs it");
          return 0;
        case roll_step::kind::impossible:
          err << "carillon up: " << step.words << std::endl;
          return 1;
        case roll_step::kind::wait:
          wait(step.words);
          break;
        default:
          carry_out(step);
      }
      if (steady_now() - moved_at_ > how_.patience) {
        err << fmt::format("carillon up: not gone on for {} s: {}. The same command goes on from here; with "
                           "the program of before it goes back\n",
                           how_.patience / std::chrono::seconds(1), told_)
            << std::flush;
        return 1;
      }
      std::this_thread::sleep_for(look_pause);
    }
  }

private:
  // What runs is read before the hosts are asked: who answers then was started with that.
  roll_step next() {
    roll_sight now;
    for (const auto& entry : hosts_) {
      roll_host host;
      host.name = entry.name;
      host.renewed = cli::host_runs_on(entry.data) && line_of(up_file(entry.data)) == program_;
      now.hosts.push_back(std::move(host));
    }
    auto seen = look();
    if (!seen)
      return {roll_step::kind::wait, {}, seen.error().detail};
    now.ring_leader = seen->cluster.meta_leader();
    now.can_rest = seen->has_words && !how_.without_rest;
    wire::ring_view judged = seen->view;
    std::string but;
    for (roll_host& host : now.hosts) {
      if (const auto* member = ring::member_in(seen->view, host.name))
        host.rests = intent_of(seen->view, member->store_id()) == wire::HOST_RESTS;
      if (const auto* picture = ring::host_in(seen->cluster, host.name)) {
        host.answers = picture->state() != "starting";
        host.leads = picture->slots_led();
        host.clients = picture->websockets() + picture->event_streams();
      }
      if (!host.rests)
        continue;
      if (!host.renewed)
        but = host.name;
      else  // it is to be as good as the others before it is taken in
        judged.clear_wishes();
      if (resting_ != host.name) {
        resting_ = host.name;
        rests_since_ = steady_now();
      }
      now.clients_had_time = steady_now() - rests_since_ > clients_time;
    }
    now.lacks = ring::cluster_lacks(judged, seen->cluster, but);
    return next_step(now);
  }

  result<ring::ring_look> look() {
    error why = make_error(errc::io_error, "no host of the cluster runs");
    for (const auto& entry : hosts_) {
      auto where = access(entry);
      if (!where)
        continue;
      inspect::live_host host(std::move(*where));
      auto seen = ring::look_at_ring(host);
      if (seen)
        return seen;
      why = seen.error();
    }
    return why;
  }

  result<cli::host_access> access(const settings::cluster_host& entry) const {
    if (!cli::host_runs_on(entry.data))
      return make_error(errc::io_error, entry.name + " does not run");
    return cli::find_host({.data = entry.data, .url = {}, .token = {}});
  }

  void carry_out(const roll_step& step) {
    if (step.what == roll_step::kind::renew)
      return renew(step.host);
    const bool rest = step.what == roll_step::kind::rest;
    wire::ring_order what;
    *what.mutable_command() =
        ring::wish_of(step.host, rest ? wire::HOST_RESTS : wire::HOST_SERVES);
    for (const auto& entry : hosts_) {
      auto where = access(entry);
      if (!where || (rest && entry.name == step.host))
        continue;  // whoever is about to go is not asked to
      inspect::live_host host(std::move(*where));
      auto said = ring::order_ring(host, what);
      if (!said)
        return wait(said.error().detail);
      say(rest ? step.host + " rests: its leaderships and clients go to the others"
               : step.host + " has caught up and is taken in again");
      return;
    }
  }

  void renew(const std::string& name) {
    for (std::size_t i = 0; i < hosts_.size(); ++i)
      if (hosts_[i].name == name && line_of(wishes_[i].path()) != program_) {
        wishes_[i].write(program_);
        return say(name + " ends, and starts with the new program");
      }
    wait(name + " ends");  // who watches over it knows
  }

  void say(const std::string& words) {
    moved_at_ = steady_now();
    told_ = words;
    out_ << words << std::endl;
  }
  void wait(const std::string& words) {
    if (told_ == words)
      return;
    told_ = words;
    out_ << "  waiting: " << words << std::endl;
  }

  const rolling how_;
  const std::string program_;
  std::ostream& out_;
  const std::vector<settings::cluster_host> hosts_;
  std::vector<held_file> wishes_;  // by host
  std::string told_;
  tick_time moved_at_{};
  std::string resting_;
  tick_time rests_since_{};
};

}  // namespace

int roll(const rolling& how, std::ostream& out, std::ostream& err) {
  const std::string path = how.program.empty() ? client::program_beside_us("carillond") : how.program;
  std::string program = program_text(path);
  if (program.empty()) {
    err << "carillon up: " << path << " is no program that can be run" << std::endl;
    return 2;
  }
  roller work(how, std::move(program), out);
  if (const std::string why = work.obstacle(); !why.empty()) {
    err << "carillon up: " << why << std::endl;
    return 1;
  }
  return work.run(err);
}

}  // namespace carillon::up
