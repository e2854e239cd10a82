// The directory in a PostgreSQL server that all hosts share.
#include "actors/directory/directory_hosts.hpp"
#include "runtime/base/hex.hpp"

namespace carillon {
namespace {

class server_host final : public directory_host {
public:
  explicit server_host(const host_services& host) : directory_host(host) {}

  // The meta group's log carries no commands then, and what it may carry from before is not ours.
  raft::log_index applied() const override { return 0; }
  void take(std::vector<directory_commit>) override {}
  storage::directory_copy* copy() override { return nullptr; }
  // Every call says so itself; posting does not need the server.
  status health() const override { return ok; }
  void close() override {}

  result<std::unique_ptr<storage::directory>> open_reader() override { return open_writer(); }
  result<std::unique_ptr<storage::directory>> open_writer() override {
    return storage::directory::open_postgres(host_.config.directory.postgres,
                                             [this](const storage::directory_event& event) {
                                               tell_here(event);
                                               tell_others(event);
                                             });
  }

private:
  // Lost when a host is cut off: what it remembers of a token ends by itself within a minute. (A
  // user who merely changed is seen anew then as well, and no notice is sent.)
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
};

}  // namespace

result<std::unique_ptr<directory_host>> open_server_host(const host_services& host) {
  auto out = std::make_unique<server_host>(host);
  // Now rather than with the first call: the tables are made, or the start says what is wrong.
  if (auto first = out->open_writer(); !first)
    return first.error();
  return std::unique_ptr<directory_host>(std::move(out));
}

}  // namespace carillon
