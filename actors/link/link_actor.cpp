#include "actors/link/link_actor.hpp"

#include <algorithm>
#include <unordered_map>

#include "actors/coordination.hpp"
#include "actors/gateway_board.hpp"
#include "actors/link/cluster_formation.hpp"
#include "actors/link/dispatch.hpp"
#include "actors/link/link_report.hpp"
#include "actors/measured_actor.hpp"
#include "actors/raft_line.hpp"
#include "actors/raft_words.hpp"
#include "actors/stop_on_exception.hpp"
#include "actors/worker_pool.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/cluster/caf_transport.hpp"
#include "runtime/cluster/link_state.hpp"
#include "storage/crc32c.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds say_waiting_every{5'000};
constexpr std::chrono::milliseconds stop_check{100};
// Of items that make no sense, so many lines a tick: a peer gone mad does not fill the disk.
constexpr int bad_items_logged_per_tick = 3;

struct tick_note {};
struct flush_note {};

std::uint32_t checksum(std::string_view bytes) {
  return storage::crc32c(bytes);
}

const settings::cluster_host& own_entry(const settings& config) {
  for (const settings::cluster_host& each : config.cluster.hosts)
    if (each.name == config.host.name)
      return each;
  ENSURE(false, "host.name is one of cluster.hosts");
}

std::vector<std::string> names_of(const settings& config) {
  std::vector<std::string> out;
  for (const settings::cluster_host& each : config.cluster.hosts)
    out.push_back(each.name);
  return out;
}

std::vector<cluster::peer_address> peers_of(const settings& config) {
  std::vector<cluster::peer_address> out;
  for (const settings::cluster_host& each : config.cluster.hosts)
    if (each.name != config.host.name)
      out.push_back({each.name, each.peer});
  return out;
}

cluster::link_options options_of(const settings::cluster_settings& config) {
  cluster::link_options out;
  out.tick = std::chrono::milliseconds(config.tick_ms);
  out.suspect = std::chrono::milliseconds(config.suspect_ms);
  out.window_bytes = std::size_t{config.link_window_kb} << 10;
  out.queue_bytes = std::size_t{config.link_queue_mb} << 20;
  return out;
}

wire::peer_hello hello_of(const settings& config, const link_setup& setup) {
  wire::peer_hello out;
  out.set_cluster_name(config.cluster.name);
  out.set_slots(config.cluster.slots);
  *out.mutable_member() = setup.myself;
  if (setup.founding) {
    out.set_cluster_id(setup.founding->cluster_id());
    *out.mutable_founding() = *setup.founding;
  }
  return out;
}

class link_actor final : public measured_actor {
public:
  link_actor(caf::actor_config& config, const host_services& host, link_setup setup,
             std::shared_ptr<cluster::socket_fd> listening)
      : measured_actor(config, host.metrics, actor_kind::link),
        host_(host),
        setup_(std::move(setup)),
        hosts_(names_of(host.config)),
        tick_(host.config.cluster.tick_ms),
        state_(options_of(host.config.cluster), hello_of(host.config, setup_),
               peers_of(host.config), random_, steady_now()),
        transport_(*this, events(), &checksum, !host.config.cluster.tls_certificate.empty()) {
    stop_host_on_exception(*this);
    set_down_handler([this](const caf::down_msg& gone) {
      transport_.on_down(gone);
      carry_out();
    });
    transport_.listen(std::move(*listening));
  }

  const char* name() const override { return "link"; }
  void on_exit() override { transport_.stop(); }

  caf::behavior make_behavior() override {
    if (setup_.founding)
      founded_ = *setup_.founding;
    state_.know(setup_.view, steady_now());
    form();
    send(this, tick_note{});
    return transport_.handlers().or_else(caf::message_handler{
        [this](send_to_peer& item) { take_out(item); },
        [this](const ask_peer& question) { return ask(question); },
        [this](const leads_slot& what) { state_.leads(what.slot, what.term); },
        [this](const slot_load& what) { state_.works(what.slot, what.load); },
        [this](tick_note) { tick(); },
        [this](flush_note) {
          flush_posted_ = false;
          state_.flush();
          carry_out();
        },
        [this](serve_peers how) {
          serving_ = true;
          slots_too_ |= how.slots;
        },
        [this](clients_come& what) { clients_ = std::move(what); },
        [this](founding_wanted) {
          waiters_.push_back(caf::actor_cast<caf::actor>(current_sender()));
          tell_waiters();
        },
        [this](const cluster_found& what) { take_facts(what.facts); },
        [this](const cluster_waits& what) { waits_for_ = what.words; },
        [this](const hosts_registered& what) {
          state_.introduce(what.members, steady_now());
          carry_out();
        },
        [this](describe_link) { return words_of_link(state_, bad_items_); },
        [this](const describe&) { return host_picture_box(picture_of_link(state_, steady_now())); },
    });
  }

private:
  // -- the network ------------------------------------------------------------------------------

  cluster::transport_events events() {
    return {
        .connected =
            [this](cluster::connection_id connection, const std::string& dialed) {
              state_.connected(connection, dialed, steady_now());
              carry_out();
            },
        .dial_failed =
            [this](const std::string& name, const std::string& why) {
              state_.dial_failed(name, why, steady_now());
              carry_out();
            },
        .frame =
            [this](cluster::connection_id connection, std::string_view frame) {
              state_.frame_arrived(connection, frame, steady_now());
              worker_pool::together burst;  // it holds items for many slots
              carry_out();
              flush_soon();  // its window may move, ours too
            },
        .closed =
            [this](cluster::connection_id connection, const std::string& why) {
              state_.closed(connection, why, steady_now());
              carry_out();
            },
    };
  }

  // Everything that is in the mailbox by now goes into the same envelopes.
  void flush_soon() {
    if (!std::exchange(flush_posted_, true))
      send(this, flush_note{});
  }

  void carry_out() {
    for (auto what = state_.take_effects(); !what.empty(); what = state_.take_effects()) {
      for (const cluster::note& line : what.notes)
        log_at(line.how == cluster::note::severity::info ? log_level::info : log_level::warn, "link",
               "{}", line.words);
      for (cluster::frame_out& frame : what.frames)
        transport_.send(frame.connection, std::move(frame.bytes));
      for (cluster::connection_id connection : what.close)
        transport_.close(connection);
      for (const cluster::peer_address& peer : what.dial)
        transport_.dial(peer);
      for (cluster::host_id host : what.down)
        if (host_.where)
          host_.where->lost(host);
      // Before what it says on a new connection: a loss told after it would undo it.
      if (!what.down.empty() && serving_)
        tell_replicas(state_.take_heard());
      for (cluster::arrival& arrived : what.arrived)
        take_in(arrived);
      for (cluster::question_answer& answer : what.answers)
        answered(answer);
      if (slots_too_ && host_.hub)
        for (const cluster::events_lost& missed : what.missed)
          send(host_.hub, events_missed{missed.from, {missed.slots.begin(), missed.slots.end()}});
      if (what.hellos_changed)
        form();
      if (!what.old_copy.empty() && setup_.old_copy)
        setup_.old_copy(what.old_copy);
    }
  }

  void take_out(send_to_peer& item) {
    if (item.with_others) {
      raft_line::item question{item.to, item.slot, std::move(item.body)};
      if (!line_.may_go(question))
        return;
      item.body = std::move(question.body);
    }
    state_.send(item.to, item.kind, item.slot, std::move(item.body));
    flush_soon();
  }

  void send_all(std::vector<raft_line::item> items) {
    for (raft_line::item& each : items)
      state_.send(each.to, wire::ITEM_RAFT, each.group, std::move(each.body));
    if (!items.empty())
      flush_soon();
  }

  // What a leader asks is answered here, where it can be.
  std::string take_raft(const cluster::arrival& arrived) {
    std::string trouble;
    const std::uint32_t group = arrived.item.slot();
    auto messages = read_raft(host_, arrived.item, trouble);
    if (!messages)
      return trouble;
    if (host_.followed)
      if (auto answers = raft_line::answer(host_.self, host_.followed->term_of(group), *messages);
          !answers.empty()) {
        host_.metrics->link.leaders_affirmed.add(answers.size());
        send_all({{arrived.from, group, encode_raft(answers)}});
      }
    if (raft_line::holds_answer(*messages))
      send_all(line_.answered(arrived.from, group));
    if (!messages->empty())
      deliver_raft(*this, host_, group, std::move(*messages));
    return {};
  }

  void take_in(cluster::arrival& arrived) {
    // Of the item, an answer needs only where it came from.
    cluster::arrival asked{arrived.from, arrived.incarnation, {}};
    asked.item.set_id(arrived.item.id());
    asked.item.set_slot(arrived.item.slot());
    auto answer = [this, asked](const wire::peer_reply& reply) {
      state_.reply(asked, reply.SerializeAsString());
      flush_soon();
    };
    if (!serving_ || (!slots_too_ && arrived.item.slot() != host_.config.cluster.slots)) {
      if (arrived.item.kind() == wire::ITEM_REQUEST)
        answer(refusal(errc::not_owner, "this host is starting"));
      return;
    }
    std::string trouble = arrived.item.kind() == wire::ITEM_RAFT ? take_raft(arrived)
                                                                 : dispatch(*this, host_, arrived, answer);
    if (trouble.empty())
      return;
    ++bad_items_;
    if (bad_items_logged_++ < bad_items_logged_per_tick)
      log_warn("link", "from the host with store id {}: {}", arrived.from, trouble);
  }

  // -- questions --------------------------------------------------------------------------------

  caf::response_promise ask(const ask_peer& question) {
    auto promise = make_response_promise();
    std::uint64_t cookie = ++last_cookie_;
    promises_[cookie] = promise;
    state_.ask(question.to, question.slot, question.what->SerializeAsString(), question.patience,
               cookie, steady_now());
    carry_out();
    flush_soon();
    return promise;
  }

  void answered(cluster::question_answer& answer) {
    auto at = promises_.find(answer.cookie);
    if (at == promises_.end())
      return;
    auto promise = std::move(at->second);
    promises_.erase(at);
    promise.deliver(peer_reply_box(std::move(answer.reply)));
  }

  // -- time -------------------------------------------------------------------------------------

  void tick() {
    const tick_time now = steady_now();
    delayed_send(this, tick_, tick_note{});
    bad_items_logged_ = 0;
    if (serving_ && host_.ring)
      take_view(now);
    if (clients_.room) {
      const gateway_room room = clients_.room();
      state_.takes_clients(room.open, room.limit);
    }
    transport_.tick(now);
    state_.tick(now);
    send_all(line_.tick());
    state_.flush();
    carry_out();
    measure_link(state_, bad_items_, *host_.metrics, now);
    post_rooms();
    if (serving_)
      tell_replicas(state_.take_heard());
    if (!founded_ && now >= say_waiting_at_) {
      say_waiting_at_ = now + say_waiting_every;
      log_info("link", "waiting for the cluster {}: {}", host_.config.cluster.name, waits_for_);
    }
  }

  void post_rooms() {
    if (!serving_ || !host_.gateways)
      return;
    gateway_board::rooms rooms;
    for (const auto& [host, room] : state_.rooms())
      rooms[host] = {room.open(), room.limit()};
    if (rooms != *host_.gateways->now())
      host_.gateways->replace(std::move(rooms));
  }

  void take_view(tick_time now) {
    const auto view = host_.ring->now();
    if (view->generation() == generation_)
      return;
    generation_ = view->generation();
    state_.set_generation(generation_);
    state_.know(*view, now);
  }

  void tell_replicas(cluster::heard heard) {
    auto said = std::make_shared<liveness>();
    said->alive = std::move(heard.alive);
    said->lost = std::move(heard.lost);
    const std::size_t groups = host_.config.cluster.slots + 1;
    for (const cluster::heard::led& each : heard.leaders) {
      if (each.slot >= groups)
        continue;  // of a host that was told another number of slots; the hello forbids it
      said->leaders.resize(groups);
      said->leaders[each.slot].push_back({each.leader, each.term, each.load});
      if (host_.where)
        host_.where->led_by(static_cast<slot_id>(each.slot), each.leader, each.term);
    }
    host_tick note{std::move(said)};
    worker_pool::together burst;
    if (host_.meta)
      send(host_.meta, note);
    if (!slots_too_)
      return;
    for (const caf::actor& slot : host_.slots)
      if (slot)
        send(slot, note);
  }

  // -- founding ---------------------------------------------------------------------------------

  void form() {
    if (founded_ || host_.config.cluster.has_zookeeper())
      return;  // there it is found or founded elsewhere
    // Those of the settings in their order, which decides who founds; then whom these know.
    std::vector<std::string> hosts = hosts_;
    for (const std::string& name : state_.names())
      if (std::find(hosts.begin(), hosts.end(), name) == hosts.end())
        hosts.push_back(name);
    auto formed = form_cluster(
        hosts, state_.myself(), [this](const std::string& name) { return state_.hello_of(name); },
        random_);
    waits_for_ = formed.waits_for;
    if (formed.facts)
      take_facts(*formed.facts);
  }

  void take_facts(const wire::founding_facts& facts) {
    if (founded_)
      return;
    founded_ = facts;
    if (status written = setup_.write_founding(facts); !written)
      founded_ = written.error();
    else
      state_.set_founding(facts);
    tell_waiters();
  }

  void tell_waiters() {
    if (!founded_)
      return;
    for (const caf::actor& waiter : std::exchange(waiters_, {}))
      send(waiter, founding_outcome{*founded_});
  }

  const host_services& host_;
  const link_setup setup_;
  const std::vector<std::string> hosts_;
  const std::chrono::milliseconds tick_;
  secure_random random_;
  cluster::link_state state_;
  cluster::caf_transport transport_;
  raft_line line_;

  clients_come clients_;    // before they can: of nobody
  bool serving_ = false;    // host_.meta may be used
  bool slots_too_ = false;  // and host_.slots, host_.hub
  bool flush_posted_ = false;
  std::uint64_t generation_ = 0;  // of the ring view that the peers are judged by
  std::uint64_t last_cookie_ = 0;
  std::unordered_map<std::uint64_t, caf::response_promise> promises_;
  std::uint64_t bad_items_ = 0;
  int bad_items_logged_ = 0;

  std::optional<result<wire::founding_facts>> founded_;
  std::string waits_for_;
  tick_time say_waiting_at_{};
  std::vector<caf::actor> waiters_;
};

}  // namespace

void configure_links(caf::actor_system_config& cfg, const settings& config) {
  if (config.cluster.has_peers())
    cluster::configure_middleman(cfg, config.cluster);
}

result<caf::actor> start_link(caf::actor_system& system, const host_services& host,
                              link_setup setup) {
  if (status usable = cluster::check_tls_files(host.config.cluster); !usable)
    return usable.error();
  auto listening = cluster::listen_on(own_entry(host.config).peer);
  if (!listening)
    return listening.error();
  if (setup.count_start) {
    auto start = setup.count_start();
    if (!start)
      return start.error();
    setup.myself.set_starts(*start);
  }
  log_info("link", "hears other hosts on {}{}", own_entry(host.config).peer,
           host.config.cluster.tls_certificate.empty() ? ", without TLS" : ", with TLS");
  // A thread of its own: what hosts say to one another does not queue behind the work of slots.
  return caf::actor_cast<caf::actor>(system.spawn<link_actor, caf::detached>(
      host, std::move(setup), std::make_shared<cluster::socket_fd>(std::move(listening->fd))));
}

result<wire::founding_facts> wait_founded(caf::actor_system& system, const caf::actor& link,
                                          const std::atomic<bool>& stop) {
  caf::scoped_actor self{system};
  self->send(link, founding_wanted{});
  result<wire::founding_facts> out = errc::shutting_down;
  bool told = false;
  while (!told && !stop.load())
    self->receive(
        [&](founding_outcome& outcome) {
          out = std::move(outcome.facts);
          told = true;
        },
        caf::after(stop_check) >> [] {});
  return out;
}

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::tick_note)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::flush_note)
