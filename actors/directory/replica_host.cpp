// A replica of the directory in this host's SQLite file, changed through the meta group.
#include "actors/directory/directory_hosts.hpp"
#include "storage/directory_applier.hpp"
#include "storage/directory_copier.hpp"
#include "storage/directory_replica.hpp"
#include "storage/directory_replicated.hpp"

namespace carillon {
namespace {

// The meta group answers within the patience it was given; this is for its answer's way.
constexpr std::chrono::milliseconds answer_grace{500};

class replica_host final : public directory_host {
public:
  replica_host(const host_services& host, std::string file)
      : directory_host(host), file_(std::move(file)) {}

  status open_tables() {
    auto replica = storage::directory_replica::open(file_);
    if (!replica)
      return replica.error();
    auto applier = storage::directory_applier::start(
        std::move(*replica), outcomes_,
        {.events = [this](const storage::directory_event& event) { tell_here(event); },
         .applied =
             [this](std::uint64_t index) {
               if (started_)
                 caf::anon_send(host_.meta, directory_applied{index});
             }});
    if (!applier)
      return applier.error();
    applier_ = std::move(*applier);
    copier_.emplace(file_, *applier_);
    return ok;
  }

  raft::log_index applied() const override { return applier_->applied(); }

  void take(std::vector<directory_commit> commits) override {
    std::vector<storage::committed_command> out;
    out.reserve(commits.size());
    for (directory_commit& commit : commits)
      out.push_back({commit.index, std::move(commit.command)});
    applier_->take(std::move(out));
  }

  storage::directory_copy* copy() override { return &*copier_; }
  status health() const override { return applier_->health(); }
  void close() override { applier_->close(); }

protected:
  result<std::unique_ptr<storage::directory>> open_reader() override {
    return storage::open_reader(file_);
  }
  result<std::unique_ptr<storage::directory>> open_writer() override {
    return storage::open_replicated(
        file_, outcomes_,
        [this](const std::string& command, tick_time give_up) { return commit(command, give_up); });
  }
  // The meta group may have handed commits out before it could be told what came of them.
  void on_start() override {
    started_ = true;
    caf::anon_send(host_.meta, directory_applied{applier_->applied()});
  }

private:
  // On a writer's thread.
  result<std::uint64_t> commit(const std::string& command, tick_time give_up) const {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(give_up - steady_now());
    if (left.count() <= 0)
      return errc::timed_out;
    caf::scoped_actor self{*system_};
    result<std::uint64_t> out = errc::timed_out;
    self->request(host_.meta, left + answer_grace, commit_directory{command, left})
        .receive([&](directory_outcome& outcome) { out = std::move(outcome.index); },
                 [&](const caf::error& why) {
                   if (why != caf::sec::request_timeout)
                     out = make_error(errc::shutting_down, "the meta group stopped");
                 });
    return out;
  }

  const std::string file_;
  storage::directory_outcomes outcomes_;
  std::unique_ptr<storage::directory_applier> applier_;
  std::optional<storage::directory_copier> copier_;
  std::atomic<bool> started_{false};
};

}  // namespace

result<std::unique_ptr<directory_host>> open_replica_host(const host_services& host,
                                                          const std::string& file) {
  auto out = std::make_unique<replica_host>(host, file);
  if (status opened = out->open_tables(); !opened)
    return opened.error();
  return std::unique_ptr<directory_host>(std::move(out));
}

}  // namespace carillon
