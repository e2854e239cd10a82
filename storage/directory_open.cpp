// Opening a directory that stands by itself: an SQLite file, or a PostgreSQL server.
#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

// A server's rows are every host's at once, so nothing is replicated; but a host that changed them
// must say so, because the others remember what tokens stand for.
class served_directory final : public sql_directory {
public:
  served_directory(const std::string& connection, directory_events events)
      : sql_directory(server{connection}), events_(std::move(events)) {}

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
    if (events_)
      events_(event);
  }
  directory_events events_;
};

// SOCI's exceptions while a connection is made.
template <class Open>
std::invoke_result_t<Open> guarded_opening(const std::string& doing, Open open) {
  try {
    return open();
  } catch (const soci::soci_error& failure) {
    return sql_connection::describe(doing, failure);
  }
}

}  // namespace

result<std::unique_ptr<directory>> directory::open(const std::string& path, const founding& first) {
  // SOCI's connection text has no way to write this character.
  if (path.find('"') != std::string::npos)
    return make_error(errc::invalid_config, path + ": must be a path without '\"'");
  return guarded_opening("opening " + path, [&]() -> result<std::unique_ptr<directory>> {
    auto opened = std::make_unique<sql_directory>(path, sql_connection::access::reads_and_writes);
    if (auto prepared = opened->prepare(); !prepared)
      return prepared.error();
    if (auto founded = opened->found(first); !founded)
      return founded.error();
    return std::unique_ptr<directory>(std::move(opened));
  });
}

result<std::unique_ptr<directory>> directory::open_postgres(const std::string& connection,
                                                            directory_events events) {
  // Nothing of the text: a password may be in it.
  return guarded_opening(
      "opening the server's database", [&]() -> result<std::unique_ptr<directory>> {
        auto opened = std::make_unique<served_directory>(connection, std::move(events));
        if (auto prepared = opened->prepare(); !prepared)
          return prepared.error();
        return std::unique_ptr<directory>(std::move(opened));
      });
}

}  // namespace carillon::storage
