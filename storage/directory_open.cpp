// Opening a directory that stands by itself: an SQLite file, or a PostgreSQL server.
#include "storage/directory_served.hpp"
#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

// A server's rows are every host's at once, so nothing is replicated; but a host that changed them
// must say so, because the others remember what tokens stand for.
class served_directory final : public sql_directory {
public:
  served_directory(const served_by& by, directory_events events)
      : sql_directory(server{by.connection, by.presence}),
        tokens_(by.tokens),
        events_(std::move(events)) {}

  result<std::optional<principal>> find_token(const std::string& hash) const override {
    const std::uint64_t generation = tokens_->generation();
    auto found = sql_directory::find_token(hash);
    if (found && *found)
      tokens_->learn(**found, generation, steady_now());
    else if (found)
      tokens_->unlearn(hash);
    else if (found.code() == errc::storage_unavailable)
      if (auto known = tokens_->recall(hash, steady_now()))
        return known;
    return found;
  }
  status revoke_token(const std::string& hash) override {
    status done = sql_directory::revoke_token(hash);
    if (done)
      tell({directory_event::kind::token_revoked, hash, {}});
    return done;
  }
  result<std::uint64_t> revoke_tokens_of(entity_id user) override {
    auto count = sql_directory::revoke_tokens_of(user);
    if (count)
      tell({directory_event::kind::user_shut_out, {}, user});
    return count;
  }
  status set_disabled(entity_id user, bool disabled, std::uint64_t updated) override {
    status done = sql_directory::set_disabled(user, disabled, updated);
    if (done)
      tell({disabled ? directory_event::kind::user_shut_out : directory_event::kind::user_changed,
            {},
            user});
    return done;
  }
  status set_profile(entity_id user, const std::string& real_name, const std::string& profile,
                     const std::string& email, std::uint64_t updated) override {
    status done = sql_directory::set_profile(user, real_name, profile, email, updated);
    if (done)
      tell({directory_event::kind::user_changed, {}, user});
    return done;
  }

private:
  void tell(const directory_event& event) const {
    if (event.what == directory_event::kind::token_revoked)
      tokens_->forget_token(event.token_hash);
    else
      tokens_->forget_user(event.user);
    if (events_)
      events_(event);
  }
  const std::shared_ptr<token_memory> tokens_;
  directory_events events_;
};

}  // namespace

result<std::unique_ptr<directory>> directory::open(const std::string& path, const founding& first) {
  // SOCI's connection text has no way to write this character.
  if (path.find('"') != std::string::npos)
    return make_error(errc::invalid_config, path + ": must be a path without '\"'");
  try {
    auto opened = std::make_unique<sql_directory>(path, sql_connection::access::reads_and_writes);
    if (auto prepared = opened->prepare(); !prepared)
      return prepared.error();
    if (auto founded = opened->found(first); !founded)
      return founded.error();
    return std::unique_ptr<directory>(std::move(opened));
  } catch (const soci::soci_error& failure) {
    return sql_connection::describe("opening " + path, failure);
  }
}

result<std::unique_ptr<directory>> directory::open_postgres(const std::string& connection,
                                                            directory_events events) {
  return prepare_served({connection, std::make_shared<server_presence>(connection),
                         std::make_shared<token_memory>()},
                        std::move(events));
}

std::unique_ptr<directory> open_served(const served_by& server, directory_events events) {
  return std::make_unique<served_directory>(server, std::move(events));
}

result<std::unique_ptr<directory>> prepare_served(const served_by& server,
                                                  directory_events events) {
  auto opened = std::make_unique<served_directory>(server, std::move(events));
  if (auto prepared = opened->prepare(); !prepared)
    return prepared.error();
  return std::unique_ptr<directory>(std::move(opened));
}

}  // namespace carillon::storage
