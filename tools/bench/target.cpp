#include "tools/bench/target.hpp"

#include <algorithm>
#include <csignal>

#include <sched.h>
#include <sys/resource.h>

namespace carillon::bench {
namespace {

void run_on_core(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (::sched_setaffinity(0, sizeof cores, &cores) != 0)
    throw client::client_error("--pin needs cores 0 and 1");
}

std::string without_newline(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

} // namespace

target::target(const target_options& how) {
  if (!how.url.empty()) {
    where_ = client::endpoint::parse(how.url);
    admin_token_ = without_newline(client::read_text_file(how.admin_token_file));
    if (admin_token_.empty())
      throw client::client_error("--url needs --admin-token-file DATA/admin.token of that host");
    pid_ = how.pid;
    return;
  }
  if (how.data.empty())
    folder_.emplace();
  client::host_process::options options;
  options.program = how.program;
  options.data = how.data.empty() ? folder_->path() + "/data" : how.data;
  options.settings = how.settings;
  if (how.pin) {
    options.core = 0;
    run_on_core(1);
  }
  host_.emplace(std::move(options));
  where_ = host_->start();
  admin_token_ = host_->admin_token();
  pid_ = host_->pid();
}

std::optional<client::process_usage> target::usage() const {
  if (pid_ == 0)
    return std::nullopt;
  return client::usage_of(pid_);
}

void target::restart() {
  if (!host_)
    throw client::client_error("this workload restarts the host: it cannot run against --url");
  host_->signal(SIGTERM);
  if (!host_->wait_for_exit(std::chrono::seconds(30)))
    throw client::client_error("the host does not stop");
  where_ = host_->start();
  pid_ = host_->pid();
}

void allow_open_files(std::uint64_t files) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= files)
    return;
  limit.rlim_cur = files;
  limit.rlim_max = std::max<rlim_t>(limit.rlim_max, files);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    throw client::client_error("needs " + std::to_string(files) +
                               " open files: raise the limit (ulimit -n)");
}

} // namespace carillon::bench
