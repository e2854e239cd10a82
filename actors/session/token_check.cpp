#include "actors/session/token_check.hpp"

#include "actors/ask.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::chrono::seconds look_again{1};

class checker final : public caf::event_based_actor {
public:
  checker(caf::actor_config& config, const host_services& host, const session_registry& sessions,
          const std::atomic<std::uint64_t>& latest)
      : caf::event_based_actor(config),
        host_(host),
        sessions_(sessions),
        latest_(latest),
        mine_(latest.load()),
        left_(sessions.token_hashes()) {}

  const char* name() const override { return "token check"; }

  caf::behavior make_behavior() override {
    look();
    return {[](run_later& job) { job.work(); }};
  }

private:
  void look() {
    if (latest_.load() != mine_)
      return quit();
    if (left_.empty()) {
      if (ended_ > 0)
        log_info("session", "{} tokens were revoked while this host was away", ended_);
      return quit();
    }
    ask_directory(
        this, host_,
        [hash = left_.back()](const storage::directory& directory) {
          return directory.find_token(hash);
        },
        [this](result<std::optional<storage::principal>> found) {
          if (!found)
            return delayed_send(this, look_again, run_later{[this] { look(); }});
          if (!*found) {
            sessions_.end_token(left_.back());
            ++ended_;
          } else if ((*found)->user.disabled) {
            sessions_.end_user((*found)->user.id);
            ++ended_;
          }
          left_.pop_back();
          look();
        });
  }

  const host_services& host_;
  const session_registry& sessions_;
  const std::atomic<std::uint64_t>& latest_;
  const std::uint64_t mine_;
  std::vector<std::string> left_;
  std::size_t ended_ = 0;
};

}  // namespace

void token_check::begin(caf::actor_system& system) {
  ++latest_;
  system.spawn<checker>(std::ref(host_), std::ref(sessions_), std::ref(latest_));
}

}  // namespace carillon
