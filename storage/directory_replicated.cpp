#include "storage/directory_replicated.hpp"

#include <algorithm>

#include "runtime/base/random.hpp"
#include "storage/directory_command.hpp"
#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

constexpr std::chrono::seconds usual_patience{10};
constexpr std::chrono::milliseconds retry_pause{50};
constexpr std::size_t request_id_bytes = 16;

class replicated_directory final : public sql_directory {
public:
  replicated_directory(const std::string& path, directory_outcomes& outcomes,
                       commit_directory_command commit)
      : sql_directory(path, sql_connection::access::reads), outcomes_(outcomes),
        commit_(std::move(commit)) {}

  void allow_until(tick_time give_up) override { give_up_ = give_up; }

  status found(const founding& first) override {
    wire::directory_command command;
    *command.mutable_found() = to_wire(first);
    command.set_now(first.now);
    return done(std::move(command));
  }
  status add_team(const team_row& team) override {
    wire::directory_command command;
    *command.mutable_add_team() = to_wire(team);
    return done(std::move(command));
  }
  status add_user(const user_row& user, const std::string& password_hash) override {
    wire::directory_command command;
    *command.mutable_add_user() = to_wire(user, password_hash);
    return done(std::move(command));
  }
  status set_password(entity_id user, const std::string& password_hash) override {
    wire::directory_command command;
    command.mutable_set_password()->set_user(user.text());
    command.mutable_set_password()->set_password_hash(password_hash);
    return done(std::move(command));
  }
  status set_profile(entity_id user, const std::string& real_name, const std::string& profile,
                     const std::string& email, std::uint64_t updated) override {
    wire::directory_command command;
    auto& change = *command.mutable_set_profile();
    change.set_user(user.text());
    change.set_real_name(real_name);
    change.set_profile(profile);
    change.set_email(email);
    change.set_updated(updated);
    return done(std::move(command));
  }
  status set_disabled(entity_id user, bool disabled, std::uint64_t updated) override {
    wire::directory_command command;
    auto& change = *command.mutable_set_disabled();
    change.set_user(user.text());
    change.set_disabled(disabled);
    change.set_updated(updated);
    return done(std::move(command));
  }
  status add_token(const token_row& token) override {
    wire::directory_command command;
    *command.mutable_add_token() = to_wire(token);
    return done(std::move(command));
  }
  status revoke_token(const std::string& hash) override {
    wire::directory_command command;
    command.set_revoke_token(hash);
    return done(std::move(command));
  }
  result<std::uint64_t> revoke_tokens_of(entity_id user) override {
    wire::directory_command command;
    command.set_revoke_tokens_of(user.text());
    return outcome_of(std::move(command));
  }
  result<timestamp> claim_push(const push_claim& claim) override {
    wire::directory_command command;
    *command.mutable_claim_push() = to_wire(claim);
    return outcome_of(std::move(command));
  }
  status reserve_channel_name(const channel_row& row, timestamp now,
                              timestamp stale_before) override {
    wire::directory_command command;
    auto& wish = *command.mutable_reserve_channel_name();
    *wish.mutable_row() = to_wire(row);
    wish.set_now(now);
    wish.set_stale_before(stale_before);
    return done(std::move(command));
  }
  status release_channel_name(entity_id channel) override {
    wire::directory_command command;
    command.set_release_channel_name(channel.text());
    return done(std::move(command));
  }
  status reserve_rename(entity_id channel, const std::string& name, timestamp now,
                        timestamp stale_before) override {
    wire::directory_command command;
    auto& wish = *command.mutable_reserve_rename();
    wish.set_channel(channel.text());
    wish.set_name(name);
    wish.set_now(now);
    wish.set_stale_before(stale_before);
    return done(std::move(command));
  }
  status upsert_channel(const channel_row& row) override {
    wire::directory_command command;
    *command.mutable_upsert_channel() = to_wire(row);
    return done(std::move(command));
  }

private:
  status done(wire::directory_command command) {
    auto outcome = outcome_of(std::move(command));
    if (!outcome)
      return outcome.error();
    return ok;
  }

  result<std::uint64_t> outcome_of(wire::directory_command command) {
    const tick_time give_up = give_up_.value_or(steady_now() + usual_patience);
    command.set_request_id(random_bytes(request_id_bytes));
    if (command.now() == 0)
      command.set_now(wall_now());
    const std::string bytes = command.SerializeAsString();
    directory_outcomes::expected outcome(outcomes_, command.request_id());
    error why = make_error(errc::timed_out, "the directory was too busy to begin");
    for (bool first = true; steady_now() < give_up; first = false) {
      auto committed = commit_(bytes, give_up);
      if (!committed)
        why = committed.error();
      // Whoever lost sight of a command may still see it applied.
      const tick_time until = committed ? give_up : std::min(give_up, steady_now() + retry_pause);
      if (auto applied = outcome.wait(until))
        return from_outcome(*applied);
      if (committed)
        return make_error(errc::timed_out,
                          "the directory of this host is behind at " + std::to_string(*committed));
      // An earlier attempt may have been committed: then a refusal says nothing.
      if (first && (why.code == errc::overloaded || why.code == errc::shutting_down))
        return why;
      if (why.code == errc::shutting_down)
        break;
    }
    return make_error(errc::timed_out, "a change of the directory: " + why.describe());
  }

  directory_outcomes& outcomes_;
  const commit_directory_command commit_;
  std::optional<tick_time> give_up_;
};

}  // namespace

result<std::unique_ptr<directory>> open_replicated(const std::string& path,
                                                   directory_outcomes& outcomes,
                                                   commit_directory_command commit) {
  try {
    return std::unique_ptr<directory>(
        std::make_unique<replicated_directory>(path, outcomes, std::move(commit)));
  } catch (const soci::soci_error& failure) {
    return sql_connection::describe("opening " + path, failure);
  }
}

}  // namespace carillon::storage
