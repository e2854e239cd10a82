#include "actors/directory/directory_host.hpp"

#include <thread>

#include "actors/directory/directory_hosts.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/base/random.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds found_pause{200};

// nullopt: something of it is not there yet.
result<std::optional<directory_host::secrets>> founded(const storage::directory& directory) {
  auto teams = directory.teams();
  if (!teams)
    return teams.error();
  auto key = directory.setting("secret_key");
  if (!key)
    return key.error();
  auto token = directory.setting("admin_token");
  if (!token)
    return token.error();
  if (teams->empty() || key->empty() || token->empty())
    return std::optional<directory_host::secrets>();
  return std::optional(directory_host::secrets{std::move(*key), std::move(*token)});
}

}  // namespace

result<std::unique_ptr<directory_host>> directory_host::open(const host_services& host,
                                                             const std::string& file) {
  return host.config.directory.postgres.empty() ? open_replica_host(host, file)
                                                : open_server_host(host);
}

status directory_host::start(caf::actor_system& system, host_services& host) {
  system_ = &system;
  directories readers, writers;
  for (std::uint32_t i = 0; i < host_.config.directory.reader_threads; ++i) {
    auto opened = open_reader();
    if (!opened)
      return opened.error();
    readers.push_back(std::move(*opened));
  }
  for (std::uint32_t i = 0; i < host_.config.directory.writer_threads; ++i) {
    auto opened = open_writer();
    if (!opened)
      return opened.error();
    writers.push_back(std::move(*opened));
  }
  host.directory = spawn_directory(system, std::move(readers), std::move(writers),
                                   *host.metrics);
  host.hasher = spawn_hasher(system);
  on_start();
  return ok;
}

result<directory_host::secrets> directory_host::found(caf::actor_system& system,
                                                      const secrets& proposed,
                                                      std::chrono::milliseconds patience) {
  system_ = &system;
  const tick_time give_up = steady_now() + patience;
  auto directory = open_founder();
  if (!directory)
    return directory.error();
  (*directory)->allow_until(give_up);
  secure_random random;
  const storage::directory::founding first{.default_team = host_.config.directory.default_team,
                                           .default_team_id = random.new_id(id_kind::team),
                                           .general_id = random.new_id(id_kind::channel),
                                           .now = wall_now(),
                                           .secret_key = proposed.key,
                                           .admin_token = proposed.admin_token};
  for (;;) {
    auto known = founded(**directory);
    if (!known)
      return known.error();
    if (*known)
      return std::move(**known);
    if (status done = (*directory)->found(first); !done) {
      if (steady_now() + found_pause >= give_up)
        return done.error();
      log_warn("directory", "the cluster is not founded yet: {}", done.error().describe());
      std::this_thread::sleep_for(found_pause);
    }
  }
}

void directory_host::tell_here(const storage::directory_event& event) const {
  if (!events_on_)
    return;
  using kind = storage::directory_event::kind;
  if (event.what == kind::token_revoked) {
    if (host_.forget_token)
      host_.forget_token(event.token_hash);
    if (host_.end_sessions_of_token)
      host_.end_sessions_of_token(event.token_hash);
    return;
  }
  if (host_.forget_user)
    host_.forget_user(event.user);
  if (event.what == kind::user_shut_out && host_.end_sessions_of_user)
    host_.end_sessions_of_user(event.user);
}

}  // namespace carillon
