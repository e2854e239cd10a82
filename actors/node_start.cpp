// The steps of a start, in their order.
#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "actors/api/api_actor.hpp"
#include "actors/channel/channel_actor.hpp"
#include "actors/directory/directory_actor.hpp"
#include "actors/held_slots.hpp"
#include "actors/hub/hub_actor.hpp"
#include "actors/hub/presence_actor.hpp"
#include "actors/inspect/inspector_actor.hpp"
#include "actors/link/host_overview.hpp"
#include "actors/link/link_actor.hpp"
#include "actors/node_parts.hpp"
#include "actors/push/push_actor.hpp"
#include "actors/replica_actor.hpp"
#include "actors/ring/meta_actor.hpp"
#include "actors/ring/zookeeper_actor.hpp"
#include "actors/session/farewell.hpp"
#include "actors/slot/inbox_courier.hpp"
#include "actors/slot/slot_actor.hpp"
#include "actors/slot_keeper.hpp"
#include "actors/user/user_actor.hpp"
#include "actors/worker_pool.hpp"
#include "actors/retention.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/base/random.hpp"
#include "runtime/wire/schema.hpp"
#include "storage/credentials.hpp"
#include "storage/rescue.hpp"
#include "storage/ring_view_rows.hpp"
#include "storage/rocks_kv.hpp"

namespace carillon {
namespace {

constexpr std::size_t megabyte = 1u << 20;
constexpr std::uint32_t long_frame_factor = 4;  // ids of ten thousand users fit
constexpr std::chrono::seconds say_every{5};            // what a start waits for
constexpr std::chrono::minutes directory_patience{10};  // for a majority, when it has to be founded
constexpr std::chrono::milliseconds look_for_server{200};  // of the directory, while it is away

const settings::cluster_host* entry_of_myself(const settings& config) {
  for (const auto& each : config.cluster.hosts)
    if (each.name == config.host.name)
      return &each;
  return nullptr;
}

}  // namespace

node_actor_config::node_actor_config(const settings& config, std::uint32_t workers) {
  add_message_type<channel_request_box>("carillon.channel_request");
  add_message_type<channel_reply_box>("carillon.channel_reply");
  add_message_type<user_request_box>("carillon.user_request");
  add_message_type<user_reply_box>("carillon.user_reply");
  add_message_type<announce_interest_box>("carillon.announce_interest");
  // One shared queue: half the latency of work stealing for requests from I/O threads, and no
  // polling when idle. A bounded run keeps one busy actor from holding a worker.
  module_factories.push_back(&worker_pool::make);
  set("scheduler.max-threads", static_cast<std::size_t>(workers));
  set("scheduler.max-throughput", static_cast<std::size_t>(100));
  if (config.cluster.has_peers())
    configure_links(*this, config);
}

status node::open_store(parts& p) {
  const settings& config = p.host.config;
  const storage::rocks_kv::options how = {
      .block_cache_bytes = config.storage.block_cache_mb * megabyte,
      .write_buffer_bytes = config.storage.write_buffer_mb * megabyte,
      .wal_max_bytes = config.storage.wal_max_mb * megabyte,
      .is_over = [&config](std::string_view key, std::string_view value) {
        const timestamp since = retained_since(wall_now(), config);
        return storage::is_inbox_row_before(key, value, since) || storage::is_direct_row_before(key, value, since);
      }};
  // Bad blocks: what others have too is left to them, what nobody else has is not given up.
  auto store = p.others_can_mend() ? storage::open_or_rescue(p.folder.file("db"), how)
                                   : storage::rocks_kv::open(p.folder.file("db"), how);
  if (!store)
    return store.error();
  p.store = std::move(*store);
  secure_random random;
  auto founded = p.has_peers() ? storage::open_founding(*p.store, p.slots(), random)
                               : storage::found_or_check(*p.store, p.slots(), random);
  if (!founded)
    return founded.error();
  p.founded = std::move(*founded);
  if (status named = storage::check_names(p.founded, p.names()); !named)
    return named;
  p.where = std::make_unique<locator>(p.founded.store_id, p.slots());
  p.followed = std::make_unique<following>(p.slots() + 1);
  p.host.metrics = &p.metrics;
  p.host.store = p.store.get();
  p.host.self = p.founded.store_id;
  p.host.incarnation = random.next() | 1;  // not 0
  p.host.where = p.where.get();
  p.host.followed = p.followed.get();
  p.host.ring = &p.ring;
  p.host.health = &p.health;
  p.host.traces = &p.traces;

  p.myself.set_store_id(p.host.self);
  p.myself.set_incarnation(p.host.incarnation);
  p.myself.set_name(config.host.name);
  p.myself.set_weight(100);
  p.myself.set_public_url(config.host.public_url);
  p.myself.set_schema_minor(wire::schema_minor());
  if (const auto* mine = entry_of_myself(config)) {
    p.myself.set_zone(mine->zone);
    p.myself.set_region(mine->region);
    p.myself.set_weight(mine->weight);
    p.myself.set_peer_address(mine->peer);
  }
  return ok;
}

// Among others: the address for them is taken, and the disk learns which cluster it belongs to.
status node::join_cluster(parts& p) {
  if (!p.has_peers())
    return storage::count_start(*p.store, p.founded, p.names());
  if (!entry_of_myself(p.host.config))
    return make_error(errc::invalid_config, "host.name is none of cluster.hosts; see --host");
  link_setup setup;
  setup.myself = p.myself;
  auto view = storage::load_ring_view(*p.store, p.where->meta_slot());
  if (view && view->schema_minor() > wire::schema_minor())
    return make_error(errc::invalid_config,
                      fmt::format("{}: its cluster uses what came with version {} between hosts, and "
                                  "this program speaks {}: start it with a newer one",
                                  p.host.config.host.data, wire::schema_text(view->schema_minor()),
                                  wire::schema_text(wire::schema_minor())));
  if (!view)
    log_warn("host", "{}", view.error().describe());  // the meta group's replica sees to it
  else
    setup.view = std::move(*view);
  setup.count_start = [&p]() -> result<std::uint64_t> {
    if (status counted = storage::count_start(*p.store, p.founded, p.names()); !counted)
      return counted.error();
    p.myself.set_starts(p.founded.starts);
    return p.founded.starts;
  };
  setup.old_copy = [&p](const std::string& why) {
    log_error("host", "this host must not go on: {}", why);
    if (status marked = p.folder.mark_old_copy(why); !marked)
      log_error("host", "{}", marked.error().describe());
    p.leave.ask(departure::reason::old_copy);
  };
  if (p.founded.has_cluster())
    setup.founding = storage::to_wire(p.founded);
  setup.write_founding = [store = p.store.get()](const wire::founding_facts& facts) {
    return storage::write_founding(*store, facts);
  };
  auto link = start_link(p.system, p.host, std::move(setup));
  if (!link)
    return link.error();
  p.host.link = *link;
  if (p.host.config.cluster.has_zookeeper())
    p.zookeeper = spawn_zookeeper(
        p.system, p.host.config,
        {.myself = p.myself,
         .founding = p.founded.has_cluster() ? std::optional(storage::to_wire(p.founded)) : std::nullopt,
         .link = p.host.link,
         .trouble = [&p](const std::string& why) { p.health.set_coordination_trouble(why); }});
  static const std::atomic<bool> never{false};  // a signal ends the process while it starts
  auto facts = wait_founded(p.system, p.host.link, never);
  if (!facts)
    return facts.error();
  p.founded.cluster_id = facts->cluster_id();
  p.founded.meta_voters.assign(facts->meta_voters().begin(), facts->meta_voters().end());
  std::sort(p.founded.meta_voters.begin(), p.founded.meta_voters.end());
  return ok;
}

// All groups are read before the journal has the store: what is damaged is written down first.
status node::start_storage(parts& p) {
  const settings& config = p.host.config;
  for (std::uint32_t i = 0; i <= p.slots(); ++i) {
    const auto slot = static_cast<slot_id>(i);
    if (p.others_can_mend()) {
      auto opened = storage::open_damaged_slot(*p.store, slot);
      if (!opened)
        return opened.error();
      p.opened.push_back(std::move(*opened));
      continue;
    }
    auto start = storage::load_slot_start(*p.store, slot);
    if (!start)
      return start.error();
    auto log = storage::log_store::open(*p.store, slot, *start);
    if (!log)
      return log.error();
    p.opened.push_back({std::move(*start), std::move(*log)});
  }
  p.messages = std::make_unique<storage::message_store>(*p.store, p.slots());
  p.journal = std::make_unique<storage::journal>(
      *p.store,
      storage::journal::options{.queue_max_bytes = config.storage.journal_queue_max_mb * megabyte,
                                .fsync = config.storage.fsync,
                                // Many slots' acknowledgements, one wake of the workers.
                                .tell = [](const std::function<void()>& callbacks) {
                                  worker_pool::together burst;
                                  callbacks();
                                }});
  p.host.messages = p.messages.get();
  p.host.journal = p.journal.get();
  const std::uint64_t ceiling = memory_ceiling(config);
  p.taken_on = std::make_unique<admission>(config, p.journal.get(), ceiling);
  p.memory = std::make_unique<memory_watch>(ceiling, *p.store, p.metrics, *p.taken_on);
  p.host.door = p.taken_on.get();
  for (std::uint32_t i = 0; i < config.storage.reader_threads; ++i)
    p.host.readers.push_back(spawn_reader(p.system, *p.messages, p.metrics));
  auto directory = directory_host::open(p.host, p.folder.file("directory.sqlite"));
  if (!directory)
    return directory.error();
  p.directory = std::move(*directory);
  p.host.directory_copy = p.directory->copy();
  return ok;
}

status node::start_meta(parts& p) {
  meta_setup setup;
  setup.myself = p.myself;
  setup.founders.voters = p.founded.meta_voters;
  // As many as found the cluster there; here, all of the list.
  setup.members_expected =
      p.zookeeper ? p.host.config.cluster.replicas
                  : std::max(1u, static_cast<std::uint32_t>(p.host.config.cluster.hosts.size()));
  setup.zookeeper = p.zookeeper;
  setup.view = &p.ring;
  setup.health = &p.health;
  setup.directory_applied = p.directory->applied();
  if (p.directory->copy())  // its tables are ours, not a server's
    setup.directory_sink = [directory = p.directory.get()](std::vector<directory_commit> commits) {
      directory->take(std::move(commits));
    };
  else
    setup.before_return = [&p] { forget_tokens(p); };
  storage::opened_slot& mine = p.opened.back();
  p.host.meta = spawn_meta(p.system, p.host, std::move(setup), mine.start, std::move(mine.log));
  p.host.slots.resize(p.slots());
  if (p.has_peers())
    caf::anon_send(p.host.link, serve_peers{.slots = false});
  caf::scoped_actor self{p.system};
  for (bool known = false; !known;)
    self->request(p.host.meta, say_every, wait_view{})
        .receive([&] { known = true; },
                 [](const caf::error&) {
                   log_info("host", "waiting for a majority of the ring hosts to found the ring");
                 });
  return ok;
}

// The first host of a cluster decides on what all of them share; the file of this folder follows.
status node::start_directory(parts& p) {
  if (status started = p.directory->start(p.system, p.host); !started)
    return started.error();
  auto secret = storage::load_secret_key(p.host.config.host.data);
  if (!secret)
    return secret.error();
  auto token = p.folder.admin_token(storage::new_token_text(storage::token_kind::app));
  if (!token)
    return token.error();
  p.proposed = {std::move(*secret), std::move(*token)};
  const std::chrono::milliseconds patience = p.directory_is_served()
                                                 ? std::chrono::milliseconds(0)
                                                 : directory_patience;
  auto shared = p.directory->found(p.system, p.proposed, patience);
  if (shared)
    return take_secrets(p, *shared);
  if (!p.directory_is_served() || shared.code() != errc::storage_unavailable)
    return shared.error();
  log_warn("host", "the directory is away ({}): this host takes no clients until it is there",
           shared.error().describe());
  return ok;
}

status node::take_secrets(parts& p, const directory_host::secrets& shared) {
  if (shared.admin_token != p.proposed.admin_token)
    if (status written = p.folder.write_admin_token(shared.admin_token); !written)
      return written;
  p.host.admin_token_hash = storage::token_hash(shared.admin_token);
  p.host.secret_key = shared.key;
  return ok;
}

// Nobody reads the secrets before the door says that the directory is known.
void node::wait_for_directory(parts& p) {
  p.directory_waiter = std::jthread([&p](const std::stop_token& stop) {
    std::mutex nobody_else;
    std::unique_lock hold(nobody_else);
    std::condition_variable_any woken;
    for (tick_time said = steady_now();;) {
      woken.wait_for(hold, stop, look_for_server, [] { return false; });
      if (stop.stop_requested())
        return;
      auto shared = p.directory->found(p.system, p.proposed, std::chrono::milliseconds(0));
      const status taken = shared ? take_secrets(p, *shared) : status(shared.error());
      if (taken)
        break;
      if (steady_now() - said < say_every)
        continue;
      said = steady_now();
      log_warn("host", "waiting for the directory: {}", taken.error().describe());
    }
    p.door->directory_is_known();
    log_info("host", "the directory is there: this host takes clients");
  });
}

// This host stood still or was cut off, and what others said of tokens meanwhile went past it: what it
// remembers of them is worth nothing any more, and sessions may live on revoked ones.
void node::forget_tokens(parts& p) {
  if (!p.remembers_tokens.load())
    return;
  p.directory->forget_all();
  p.host.forget_user(entity_id());
  p.session_tokens.begin(p.system);
}

status node::start_slots(parts& p) {
  p.host.presence = spawn_presence(p.system, p.host);  // before the hub, which speaks to it
  p.host.hub = spawn_hub(p.system, p.host);
  p.host.courier = spawn_inbox_courier(p.system, p.host);
  p.host.inspector = spawn_inspector(p.system, p.host);
  p.host.pushes = p.pushes.get();
  p.host.push = spawn_push(p.system, p.host);
  p.host.end_sessions_of_token = [&p](const std::string& hash) { p.sessions.end_token(hash); };
  p.host.end_sessions_of_user = [&p](entity_id user) { p.sessions.end_user(user); };
  p.host.spawn_entity = [&p](const entity_id& entity, const caf::actor& slot) {
    return entity.is_channel() ? spawn_channel(p.system, p.host, entity, slot)
                               : spawn_user(p.system, p.host, entity, slot);
  };
  const auto view = p.ring.now();
  ENSURE(view->slots_size() == static_cast<int>(p.slots()), "the view has every slot");
  const host_overview cluster = overview_of(*view, p.host.config, p.host.self, {});
  if (!cluster.shortfall().empty())
    log_error("host", "{}", cluster.shortfall());
  auto spawn = [&p](slot_id slot, const wire::slot_place& place, storage::opened_slot opened) {
    raft::configuration founders;
    founders.voters.assign(place.founders().begin(), place.founders().end());
    std::sort(founders.voters.begin(), founders.voters.end());
    return spawn_slot(p.system, p.host, slot, std::move(founders), opened.start,
                      std::move(opened.log));
  };
  for (std::uint32_t i = 0; i < p.slots(); ++i) {
    const wire::slot_place& place = view->slots(static_cast<int>(i));
    storage::opened_slot& opened = p.opened[i];
    if (was_held(opened.start, opened.log->last_index()) || is_held_by(*view, i, p.host.self))
      p.host.slots.set(i, spawn(static_cast<slot_id>(i), place, std::move(opened)));
  }
  p.opened.clear();
  const caf::actor keeper = spawn_slot_keeper(
      p.system, p.host, [&p, spawn](slot_id slot, const wire::slot_place& place) -> caf::actor {
        auto start = storage::load_slot_start(*p.store, slot);
        auto log = start ? storage::log_store::open(*p.store, slot, *start)
                         : result<std::unique_ptr<storage::log_store>>(start.error());
        if (!log) {
          log_error("ring", "slot {} cannot come to this host: {}", slot, log.error().describe());
          return nullptr;
        }
        return spawn(slot, place, {std::move(*start), std::move(*log)});
      });
  // Nobody reads before the groups start, below.
  p.messages->on_corruption([&p](slot_id slot, const error& what) {
    if (p.host.slots[slot])
      caf::anon_send(p.host.slots[slot], records_damaged{what});
  });
  caf::anon_send(p.host.meta, slots_filled{keeper});
  if (p.has_peers())
    caf::anon_send(p.host.link, serve_peers{.slots = true});
  for (const caf::actor& slot : p.host.slots)
    if (slot)
      caf::anon_send(slot, wait_serving{});  // all of them start at once
  caf::scoped_actor self{p.system};
  status outcome = ok;
  for (const caf::actor& slot : p.host.slots)
    if (slot)
      self->request(slot, caf::infinite, wait_serving{})
          .receive([] {},
                   [&](const caf::error& why) {
                     outcome = make_error(errc::io_error,
                                          "a slot does not serve: " + p.system.render(why));
                   });
  return outcome;
}

status node::listen(parts& p) {
  p.door = std::make_unique<gateway>(
      p.system, p.host, p.sessions, p.files, [&p]() -> std::optional<error> {
        for (const status& health : {p.journal->health(), p.directory->health()})
          if (!health)
            return health.error();
        const auto hung = p.journal->writing_for(steady_now());
        if (hung >= disk_patience(p.host.config))
          return make_error(errc::storage_unavailable,
                            fmt::format("the disk has not answered for {} s",
                                        hung / std::chrono::seconds(1)));
        return std::nullopt;
      });
  // A message that is too long is refused by its session, in words, when it is a frame of ours; one that
  // is far too long is not read to its end.
  settings::edge_settings limits = p.host.config.edge;
  limits.frame_in_max_bytes = long_frame_factor * limits.frame_in_max_bytes;
  p.server =
      std::make_unique<edge::server>(edge::server_options{.listen = p.host.config.host.listen,
                                                          .io_threads = p.sizes.io_threads,
                                                          .limits = limits},
                                     *p.door);
  // What clients, operators and other hosts are told of this host's room is what there is, however much
  // more the settings allow. Nobody reads it before, in other threads.
  p.host.config.edge.connections_max =
      edge::connections_possible(p.host.config.edge.connections_max);
  // The operators' live views have no owner, and no place in the book.
  p.server->tell_of_ends([&p](const edge::ended_connection& how) {
    if (auto known = p.sessions.owner_of(how.connection))
      p.closes.add(ended_session_of(how, known->user, known->team, p.host.now()));
  });
  p.server->ask_for_missed(
      [&p](const edge::missed_events& what) { caf::anon_send(p.host.hub, what); });
  p.host.outbox = p.server.get();
  p.door->set_edge([&p] { return p.server->counters(); });
  p.host.public_url = p.host.config.host.public_url;
  token_recall recall;
  auto api = spawn_api(p.system, p.host, std::max(2u, p.sizes.workers), &recall);
  p.door->set_api_actors(api);
  p.door->set_recall(std::move(recall));
  if (p.directory_is_served()) {
    p.host.forget_token = [&p, calls = p.host.forget_token](const std::string& hash) {
      p.directory->forget_token(hash);
      calls(hash);
    };
    p.host.forget_user = [&p, calls = p.host.forget_user](entity_id user) {
      p.directory->forget_user(user);
      calls(user);
    };
    p.remembers_tokens.store(true);
  }
  if (!p.directory_is_known())
    p.door->wait_for_directory();
  caf::anon_send(p.host.inspector,
                 begin_inspecting{{.edge = [&p] { return p.server->counters(); },
                                   .trouble = [&p] { return p.door->trouble(); },
                                   .look =
                                       [&p](const auto& only, std::size_t most, const auto& then) {
                                         p.server->look(only, most, then);
                                       },
                                   .io_threads = p.server->io_threads(),
                                   .owner_of =
                                       [&p](wire::session_details& of) {
                                         if (auto known = p.sessions.owner_of(of.connection())) {
                                           of.set_user(known->user.text());
                                           of.set_team(known->team.text());
                                           of.set_unread_bytes(known->unread_bytes);
                                         }
                                       },
                                   .connections_of =
                                       [&p](const entity_id& user) {
                                         return p.sessions.connections_of(user);
                                       },
                                   .ended_of =
                                       [&p](const entity_id& user, std::size_t most) {
                                         return p.closes.of_user(user, most);
                                       },
                                   .ended =
                                       [&p](edge::connection_id connection) {
                                         return p.closes.of(connection);
                                       },
                                   .api = api.front()}});
  p.directory->start_events();
  if (p.has_peers())
    spawn_farewell(p.system, p.host, p.sessions);
  p.host.room = [&p, limit = p.host.config.edge.connections_max]() -> gateway_room {
    if (!p.door->takes_clients())
      return {};
    return {static_cast<std::uint32_t>(p.server->counters().connections), limit};
  };
  auto port = p.server->start();
  if (!port)
    return port.error();
  if (p.has_peers())
    caf::anon_send(p.host.link, clients_come{p.host.room});
  p.host.port = *port;
  const std::string& listen = p.host.config.host.listen;
  p.url = "http://" + listen.substr(0, listen.rfind(':')) + ":" + std::to_string(*port);
  if (!p.directory_is_known())
    wait_for_directory(p);
  return p.folder.write_address(p.url);
}

}  // namespace carillon
