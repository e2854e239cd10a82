// The directory in a PostgreSQL server that all hosts share.
#include "actors/directory/directory_hosts.hpp"
#include "runtime/base/hex.hpp"
#include "storage/directory_served.hpp"

namespace carillon {
namespace {

class server_host final : public directory_host {
public:
  explicit server_host(const host_services& host)
      : directory_host(host),
        server_{host.config.directory.postgres,
                std::make_shared<storage::server_presence>(host.config.directory.postgres),
                std::make_shared<storage::token_memory>()} {}

  // The meta group's log carries no commands then, and what it may carry from before is not ours.
  raft::log_index applied() const override { return 0; }
  void take(std::vector<directory_commit>) override {}
  storage::directory_copy* copy() override { return nullptr; }
  // Every call says so itself; posting does not need the server.
  status health() const override { return ok; }
  void close() override {}

  void forget_token(const std::string& hash) override { server_.tokens->forget_token(hash); }
  void forget_user(entity_id user) override { server_.tokens->forget_user(user); }
  void forget_all() override { server_.tokens->forget_all(); }

protected:
  result<std::unique_ptr<storage::directory>> open_reader() override { return open_writer(); }
  result<std::unique_ptr<storage::directory>> open_writer() override {
    return storage::open_served(server_, [this](const storage::directory_event& event) {
      tell_here(event);
      tell_others(event);
    });
  }
  // The first one makes the tables.
  result<std::unique_ptr<storage::directory>> open_founder() override {
    return storage::prepare_served(server_, {});
  }

private:
  // Lost on the way to a host that is frozen or cut off, which is why that one forgets all it knew of
  // tokens before it takes clients again; by a link that breaks just then, too: what a host remembers of
  // a token ends by itself within a minute while the server answers. (A user who merely changed is seen
  // anew then as well, and no notice is sent.)
  void tell_others(const storage::directory_event& event) const {
    using kind = storage::directory_event::kind;
    if (!host_.link || event.what == kind::user_changed)
      return;
    wire::host_notice notice;
    if (event.what == kind::token_revoked) {
      notice.set_end_sessions_of_token(to_hex(event.token_hash));
      notice.set_forget_token(to_hex(event.token_hash));
    } else {
      notice.set_end_sessions_of_user(event.user.text());
    }
    caf::anon_send(host_.link,
                   send_to_peer{0, wire::ITEM_HOST_NOTICE, 0, notice.SerializeAsString()});
  }

  const storage::served_by server_;
};

}  // namespace

result<std::unique_ptr<directory_host>> open_server_host(const host_services& host) {
  return std::unique_ptr<directory_host>(std::make_unique<server_host>(host));
}

}  // namespace carillon
