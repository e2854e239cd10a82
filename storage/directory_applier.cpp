#include "storage/directory_applier.hpp"

#include "runtime/base/logging.hpp"

namespace carillon::storage {
namespace {

constexpr std::size_t commits_per_transaction = 256;
constexpr std::chrono::milliseconds retry_pause{500};

}  // namespace

result<std::unique_ptr<directory_applier>>
directory_applier::start(std::unique_ptr<directory_replica> replica, directory_outcomes& outcomes,
                         hooks hooks) {
  auto applied = replica->applied_index();
  if (!applied)
    return applied.error();
  return std::unique_ptr<directory_applier>(
      new directory_applier(std::move(replica), outcomes, std::move(hooks), *applied));
}

directory_applier::directory_applier(std::unique_ptr<directory_replica> replica,
                                     directory_outcomes& outcomes, hooks hooks,
                                     std::uint64_t applied)
    : replica_(std::move(replica)), outcomes_(outcomes), hooks_(std::move(hooks)),
      applied_(applied), thread_([this] { live(); }) {}

directory_applier::~directory_applier() {
  close();
}

// -- any thread ---------------------------------------------------------------------------------

void directory_applier::take(std::vector<committed_command> commits) {
  {
    std::lock_guard hold(lock_);
    for (committed_command& commit : commits)
      queue_.push_back({std::move(commit), {}, {}});
  }
  changed_.notify_all();
}

bool directory_applier::run(job work, tick_time until) {
  auto done = std::make_shared<std::promise<void>>();
  auto finished = done->get_future();
  {
    std::lock_guard hold(lock_);
    if (closing_)
      return false;
    queue_.push_back({{}, std::move(work), std::move(done)});
  }
  changed_.notify_all();
  try {
    if (finished.wait_until(until) != std::future_status::ready)
      return false;
    finished.get();
    return true;
  } catch (const std::future_error&) {
    return false;  // closed: the promise was dropped with the queue
  }
}

void directory_applier::tell(const std::vector<directory_event>& events) const {
  if (!hooks_.events)
    return;
  for (const directory_event& event : events)
    hooks_.events(event);
}

status directory_applier::health() const {
  std::lock_guard hold(lock_);
  return health_;
}

void directory_applier::close() {
  {
    std::lock_guard hold(lock_);
    closing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
  outcomes_.close();
}

// -- its own thread -----------------------------------------------------------------------------

void directory_applier::live() {
  bool open = true;
  while (open) {
    auto items = next_items();
    open = !items.empty() && carry_out(std::move(items));
  }
  std::lock_guard hold(lock_);
  queue_.clear();  // with the promises of those who wait
}

// False: it is over.
bool directory_applier::carry_out(std::vector<item> items) {
  if (items.front().work) {
    items.front().work(*replica_);
    if (auto index = replica_->applied_index())
      applied_to(*index);
    items.front().done->set_value();
    return true;
  }
  std::vector<committed_command> commits;
  for (item& each : items)
    commits.push_back(std::move(each.commit));
  while (!apply(commits))
    if (!pause())
      return false;
  return true;
}

// A piece of work, or as many commits as one transaction takes; nothing: it is over.
std::vector<directory_applier::item> directory_applier::next_items() {
  std::unique_lock hold(lock_);
  changed_.wait(hold, [this] { return closing_ || !queue_.empty(); });
  std::vector<item> items;
  while (!closing_ && !queue_.empty() && items.size() < commits_per_transaction) {
    if (queue_.front().work && !items.empty())
      break;
    items.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (items.back().work)
      break;
  }
  return items;
}

bool directory_applier::apply(const std::vector<committed_command>& commits) {
  auto done = replica_->apply(commits);
  {
    std::lock_guard hold(lock_);
    if (!done && health_)
      log_error("directory", "nothing is applied until this is over: {}", done.error().describe());
    if (done && !health_)
      log_info("directory", "commands are applied again");
    health_ = done ? status(ok) : status(done.error());
  }
  if (!done)
    return false;
  for (const directory_replica::applied& each : *done) {
    if (each.event)
      tell({*each.event});
    outcomes_.publish(each.request_id, each.outcome);
  }
  applied_to(commits.back().index);
  return true;
}

void directory_applier::applied_to(std::uint64_t index) {
  if (index <= applied_.load())
    return;
  applied_.store(index);
  if (hooks_.applied)
    hooks_.applied(index);
}

// False: it is over.
bool directory_applier::pause() {
  std::unique_lock hold(lock_);
  return !changed_.wait_for(hold, retry_pause, [this] { return closing_; });
}

}  // namespace carillon::storage
