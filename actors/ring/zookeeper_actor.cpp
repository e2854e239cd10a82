#include "actors/ring/zookeeper_actor.hpp"

#include <algorithm>

#include "actors/coordination.hpp"
#include "actors/stop_on_exception.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/base/random.hpp"
#include "runtime/coordination/zookeeper_session.hpp"
#include "runtime/coordination/zookeeper_state.hpp"

namespace carillon {

// -- library -> actor; `opened`: of which session --
struct zk_session_said {
  std::uint64_t opened = 0;
  zookeeper::zk_session what = zookeeper::zk_session::lost;
  zookeeper::session_id session = 0;
};
struct zk_replied {
  std::uint64_t opened = 0;
  zookeeper::zk_reply reply;
};
struct zk_fired {
  std::uint64_t opened = 0;
  std::string path;
};
struct zk_tick {};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::zk_session_said)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::zk_replied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::zk_fired)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::zk_tick)

namespace carillon {
namespace {

constexpr std::chrono::milliseconds tick_every{500};

zookeeper::zk_options options_of(const settings& config, const wire::ring_member& myself) {
  zookeeper::zk_options out;
  out.servers = config.cluster.zookeeper.servers;
  out.root = config.cluster.zookeeper.root;
  out.hosts_to_found = config.cluster.replicas;
  out.myself.set_cluster_name(config.cluster.name);
  out.myself.set_slots(config.cluster.slots);
  out.myself.set_connections_max(config.edge.connections_max);
  *out.myself.mutable_member() = myself;
  return out;
}

class zookeeper_actor final : public caf::event_based_actor {
public:
  zookeeper_actor(caf::actor_config& config, const settings& from, zookeeper_setup setup)
      : caf::event_based_actor(config),
        setup_(std::move(setup)),
        state_(options_of(from, setup_.myself), setup_.founding, random_),
        session_({.servers = from.cluster.zookeeper.servers,
                  .timeout_ms = from.cluster.zookeeper.session_timeout_s * 1'000},
                 listener()) {
    stop_host_on_exception(*this);
  }

  const char* name() const override { return "zookeeper"; }
  void on_exit() override {
    session_.close();
    ring_ = setup_.link = nullptr;
  }

  caf::behavior make_behavior() override {
    carry_out();
    send(this, zk_tick{});
    return {
        [this](const zk_session_said& said) {
          if (said.opened != session_.opened() || leaving_)
            return;
          state_.session(said.what, said.session, steady_now());
          carry_out();
        },
        [this](const zk_replied& said) {
          if (said.opened != session_.opened() || leaving_)
            return;
          state_.replied(said.reply, steady_now());
          carry_out();
        },
        [this](const zk_fired& said) {
          if (said.opened != session_.opened() || leaving_)
            return;
          state_.fired(said.path, steady_now());
          carry_out();
        },
        [this](zk_tick) {
          delayed_send(this, tick_every, zk_tick{});
          if (leaving_)
            return;
          state_.tick(steady_now());
          carry_out();
        },
        [this](const run_for_ring& what) {
          ring_ = what.whom;
          state_.run(what.wants, steady_now());
          carry_out();
        },
        [this](const keep_view& what) {
          if (!state_.lease() || leaving_) {
            if (ring_)
              send(ring_, view_kept{errc::not_owner});
            return;
          }
          state_.change(what.view, steady_now());
          carry_out();
        },
        [this](joined_ring) { state_.joined(); },
        [this](leave_coordination) {
          leaving_ = true;
          session_.close();
          return caf::unit;
        },
    };
  }

private:
  zookeeper::zookeeper_session::listener listener() {
    auto self = caf::actor_cast<caf::actor_addr>(this);
    auto post = [self](auto what) {
      if (auto to = caf::actor_cast<caf::actor>(self))
        caf::anon_send(to, std::move(what));
    };
    return {
        .session = [post](std::uint64_t opened, zookeeper::zk_session what,
                          zookeeper::session_id session) { post(zk_session_said{opened, what, session}); },
        .reply = [post](std::uint64_t opened,
                        zookeeper::zk_reply reply) { post(zk_replied{opened, std::move(reply)}); },
        .watch = [post](std::uint64_t opened,
                        std::string path) { post(zk_fired{opened, std::move(path)}); },
    };
  }

  void carry_out() {
    for (auto what = state_.take_effects(); !what.empty(); what = state_.take_effects()) {
      for (const auto& each : what.notes)
        log_at(each.warning ? log_level::warn : log_level::info, "zookeeper", "{}", each.words);
      if (what.open_session)
        if (status opened = session_.open(); !opened)
          state_.session(zookeeper::zk_session::refused, 0, steady_now(), opened.error().detail);
      for (const auto& each : what.requests)
        session_.send(each);
      if (what.founded)
        send(setup_.link, cluster_found{*what.founded});
      if (!what.hosts.empty())
        tell_link(what.hosts);
      // A change ends before the lease that it was made under.
      if (what.changed && ring_)
        send(ring_, view_kept{*what.changed});
      if (what.lease_changed && ring_)
        send(ring_, lease_now());
    }
    if (told_ == state_.trouble())
      return;
    told_ = state_.trouble();
    if (setup_.trouble)
      setup_.trouble(told_);
    send(setup_.link, cluster_waits{told_});
  }

  ring_lease_is lease_now() const {
    const auto& lease = state_.lease();
    return lease ? ring_lease_is{lease->fence, lease->view} : ring_lease_is{};
  }

  void tell_link(const std::vector<wire::host_registration>& hosts) {
    hosts_registered out;
    for (const auto& each : hosts)
      out.members.push_back(each.member());
    send(setup_.link, std::move(out));
  }

  zookeeper_setup setup_;
  secure_random random_;
  zookeeper::zookeeper_state state_;
  zookeeper::zookeeper_session session_;
  caf::actor ring_;  // who wants to lead
  bool leaving_ = false;
  std::string told_;
};

}  // namespace

caf::actor spawn_zookeeper(caf::actor_system& system, const settings& config, zookeeper_setup setup) {
  return caf::actor_cast<caf::actor>(
      system.spawn<zookeeper_actor, caf::detached>(config, std::move(setup)));
}

}  // namespace carillon
