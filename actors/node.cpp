#include "actors/node.hpp"

#include <algorithm>
#include <thread>

#include <caf/all.hpp>

#include "actors/api/api_actor.hpp"
#include "actors/channel/channel_actor.hpp"
#include "actors/data_folder.hpp"
#include "actors/directory/directory_actor.hpp"
#include "actors/host_services.hpp"
#include "actors/hub/hub_actor.hpp"
#include "actors/session/session_registry.hpp"
#include "actors/slot/slot_actor.hpp"
#include "actors/user/user_actor.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/base/random.hpp"
#include "runtime/edge/server.hpp"
#include "storage/credentials.hpp"
#include "storage/directory.hpp"
#include "storage/founding.hpp"
#include "storage/journal.hpp"
#include "storage/log_store.hpp"
#include "storage/message_store.hpp"
#include "storage/rocks_kv.hpp"

namespace carillon {
namespace {

constexpr std::size_t megabyte = 1u << 20;

std::uint32_t cores() {
  return std::max(1u, std::thread::hardware_concurrency());
}

// Names on the wire between hosts; never changed.
struct actor_config : caf::actor_system_config {
  explicit actor_config(std::uint32_t workers) {
    add_message_type<channel_request_box>("carillon.channel_request");
    add_message_type<channel_reply_box>("carillon.channel_reply");
    add_message_type<user_request_box>("carillon.user_request");
    add_message_type<user_reply_box>("carillon.user_reply");
    add_message_type<announce_interest_box>("carillon.announce_interest");
    // One shared queue: half the latency of work stealing for requests from I/O threads, and no
    // polling when idle. A bounded run keeps one busy actor from holding a worker.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", static_cast<std::size_t>(workers));
    set("scheduler.max-throughput", static_cast<std::size_t>(100));
  }
};

struct host_sizes {
  std::uint32_t io_threads;
  std::uint32_t workers;
};

host_sizes sizes_of(const settings& config) {
  std::uint32_t io = edge::resolve_io_threads(config.edge.io_threads);
  std::uint32_t workers = config.host.scheduler_threads
                              ? config.host.scheduler_threads
                              : (cores() > io ? cores() - io : 1u);
  return {io, workers};
}

}  // namespace

// In the order of their making; each may use those above it.
struct node::parts {
  parts(data_folder locked, const settings& config, file_finder finder)
      : folder(std::move(locked)), files(std::move(finder)), sizes(sizes_of(config)), actors(sizes.workers), system(actors) {
    host.config = config;
  }

  data_folder folder;
  file_finder files;
  host_sizes sizes;
  actor_config actors;
  caf::actor_system system;
  host_services host;
  std::unique_ptr<storage::kv> store;
  std::unique_ptr<storage::message_store> messages;
  std::unique_ptr<storage::journal> journal;
  session_registry sessions;
  std::unique_ptr<gateway> door;
  std::unique_ptr<edge::server> server;
  std::uint64_t store_id = 0;
  std::string url;
};

node::node(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
node::~node() = default;

const std::string& node::url() const {
  return parts_->url;
}

// -- start ------------------------------------------------------------------------------------

status node::open_storage(parts& p) {
  const settings& config = p.host.config;
  auto store = storage::rocks_kv::open(
      p.folder.file("db"), {.block_cache_bytes = config.storage.block_cache_mb * megabyte,
                            .write_buffer_bytes = config.storage.write_buffer_mb * megabyte,
                            .wal_max_bytes = config.storage.wal_max_mb * megabyte});
  if (!store)
    return store.error();
  p.store = std::move(*store);
  secure_random random;
  auto founded = storage::found_or_check(*p.store, config.cluster.slots, random);
  if (!founded)
    return founded.error();
  p.store_id = founded->store_id;
  p.messages = std::make_unique<storage::message_store>(*p.store, config.cluster.slots);
  p.journal = std::make_unique<storage::journal>(
      *p.store, storage::journal::options{
                    .queue_max_bytes = config.storage.journal_queue_max_mb * megabyte,
                    .fsync = config.storage.fsync});
  p.host.store = p.store.get();
  p.host.messages = p.messages.get();
  p.host.journal = p.journal.get();
  return ok;
}

status node::open_directory(parts& p) {
  auto secret = storage::load_secret_key(p.host.config.host.data);
  if (!secret)
    return secret.error();
  p.host.secret_key = std::move(*secret);
  auto admin = p.folder.admin_token(storage::new_token_text(storage::token_kind::app));
  if (!admin)
    return admin.error();
  p.host.admin_token_hash = storage::token_hash(*admin);
  secure_random random;
  auto directory = storage::directory::open(
      p.folder.file("directory.sqlite"),
      {.default_team = p.host.config.directory.default_team,
       .default_team_id = random.new_id(id_kind::team),
       .general_id = random.new_id(id_kind::channel),
       .now = wall_now()});
  if (!directory)
    return directory.error();
  p.host.directory = spawn_directory(p.system, std::move(*directory));
  p.host.hasher = spawn_hasher(p.system);
  for (std::uint32_t i = 0; i < p.host.config.storage.reader_threads; ++i)
    p.host.readers.push_back(spawn_reader(p.system, *p.messages));
  return ok;
}

status node::start_slots(parts& p) {
  p.host.hub = spawn_hub(p.system, p.host);
  p.host.spawn_entity = [&p](const entity_id& entity, const caf::actor& slot) {
    return entity.is_channel() ? spawn_channel(p.system, p.host, entity, slot)
                               : spawn_user(p.system, p.host, entity, slot);
  };
  for (std::uint32_t i = 0; i < p.host.config.cluster.slots; ++i) {
    auto slot = static_cast<slot_id>(i);
    auto from = storage::load_slot_start(*p.store, slot);
    if (!from)
      return from.error();
    auto log = storage::log_store::open(*p.store, slot, *from);
    if (!log)
      return log.error();
    p.host.slots.push_back(
        spawn_slot(p.system, p.host, slot, p.store_id, *from, std::move(*log)));
  }
  caf::scoped_actor self{p.system};
  status outcome = ok;
  for (const caf::actor& slot : p.host.slots)
    caf::anon_send(slot, wait_serving{});  // all of them start at once
  for (const caf::actor& slot : p.host.slots)
    self->request(slot, caf::infinite, wait_serving{})
        .receive([] {},
                 [&](const caf::error& why) {
                   outcome = make_error(errc::io_error, "a slot does not serve: " +
                                                            p.system.render(why));
                 });
  return outcome;
}

status node::listen(parts& p) {
  p.host.end_sessions_of_token = [&p](const std::string& hash) { p.sessions.end_token(hash); };
  p.host.end_sessions_of_user = [&p](entity_id user) { p.sessions.end_user(user); };
  p.door = std::make_unique<gateway>(
      p.system, p.host, p.sessions, p.files, [&p]() -> std::optional<error> {
        status health = p.journal->health();
        return health ? std::nullopt : std::optional<error>(health.error());
      });
  p.server = std::make_unique<edge::server>(
      edge::server_options{.listen = p.host.config.host.listen,
                           .io_threads = p.sizes.io_threads,
                           .limits = p.host.config.edge},
      *p.door);
  p.host.outbox = p.server.get();
  p.host.public_url = p.host.config.host.public_url;
  p.door->set_api_actors(spawn_api(p.system, p.host, std::max(2u, p.sizes.workers)));
  auto port = p.server->start();
  if (!port)
    return port.error();
  p.host.port = *port;
  const std::string& listen = p.host.config.host.listen;
  p.url = "http://" + listen.substr(0, listen.rfind(':')) + ":" + std::to_string(*port);
  return p.folder.write_address(p.url);
}

result<std::unique_ptr<node>> node::start(const settings& config, file_finder files) {
  if (!storage::start_credentials())
    return make_error(errc::internal_error, "libsodium does not start on this machine");
  auto folder = data_folder::open(config.host.data);
  if (!folder)
    return folder.error();
  auto made = std::make_unique<parts>(std::move(*folder), config, std::move(files));
  parts& p = *made;
  std::unique_ptr<node> out(new node(std::move(made)));
  for (auto step : {&node::open_storage, &node::open_directory, &node::start_slots, &node::listen})
    if (status done = step(p); !done) {
      // Actors may run and use what is here; they live until main() has said why and exits.
      (void)out.release();
      return done.error();
    }
  return out;
}

// -- stop -------------------------------------------------------------------------------------

void node::stop(std::chrono::milliseconds grace) {
  parts& p = *parts_;
  p.folder.remove_address();
  p.door->stop();
  p.server->shutdown(grace / 2);
  {
    caf::scoped_actor self{p.system};
    auto deadline = steady_now() + grace / 2;
    for (const caf::actor& slot : p.host.slots) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_now());
      self->request(slot, std::max(left, std::chrono::milliseconds(1)), stop_slot{})
          .receive([] {}, [](const caf::error&) {});
    }
  }
  p.journal->close();
}

}  // namespace carillon
