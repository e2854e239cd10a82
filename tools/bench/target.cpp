#include "tools/bench/target.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>

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
    where_ = {client::endpoint::parse(how.url)};
    admin_token_ = without_newline(client::read_text_file(how.admin_token_file));
    if (admin_token_.empty())
      throw client::client_error("--url needs --admin-token-file DATA/admin.token of that host");
    if (how.pid != 0)
      pids_ = {how.pid};
    return;
  }
  if (how.pin && how.hosts > 1)
    throw client::client_error("--pin is for one host");
  if (how.data.empty())
    folder_.emplace();
  disk_ = how.data.empty() ? folder_->path() : how.data;
  pinned_ = how.pin;
  if (how.hosts > 1) {
    start_cluster(how);
    return;
  }
  client::host_process::options options;
  options.program = how.program;
  data_ = how.data.empty() ? folder_->path() + "/data" : how.data;
  options.data = data_;
  options.settings = how.settings;
  options.environment = how.environment;
  if (how.pin) {
    options.core = 0;
    run_on_core(1);
  }
  host_.emplace(std::move(options));
  where_ = {host_->start()};
  admin_token_ = host_->admin_token();
  pids_ = {host_->pid()};
}

void target::start_cluster(const target_options& how) {
  std::string folder = how.data.empty() ? folder_->path() : how.data;
  std::string file = cluster::write_cluster_file(
      {.folder = folder, .hosts = how.hosts, .network = nullptr});
  cluster_ = std::make_unique<cluster::cluster_process>(cluster::cluster_process::options{
      .file = file, .settings = how.settings, .logs = folder, .network = nullptr, .program = how.program});
  cluster_->launch_all();
  cluster_->wait_until_all_listen();
  where_ = cluster_->endpoints();
  admin_token_ = cluster_->admin_token();
  for (std::size_t i = 0; i < cluster_->size(); ++i)
    pids_.push_back(cluster_->process(i).pid());
}

std::optional<client::process_usage> target::usage() const {
  if (pids_.empty())
    return std::nullopt;
  client::process_usage sum;
  for (int pid : pids_) {
    auto one = client::usage_of(pid);
    sum.cpu += one.cpu;
    sum.resident_bytes += one.resident_bytes;
    sum.anonymous_bytes += one.anonymous_bytes;
  }
  return sum;
}

void target::keep_awake(client::event_loop& loop) const {
  constexpr std::chrono::microseconds moment{50}; // some deliveries, but far from the next disk's answer
  if (pinned_)
    loop.stay_awake(moment);
}

std::uint64_t target::peak_resident_bytes() const {
  std::uint64_t most = 0;
  for (int pid : pids_) {
    std::string text = client::read_text_file("/proc/" + std::to_string(pid) + "/status");
    constexpr std::string_view mark = "VmHWM:"; // in kB
    if (std::size_t at = text.find(mark); at != std::string::npos)
      most = std::max<std::uint64_t>(most, std::strtoull(text.c_str() + at + mark.size(), nullptr, 10) * 1'024);
  }
  return most;
}

void target::stop() {
  if (!host_)
    throw client::client_error("this workload restarts the host: it runs with one host of its own");
  host_->signal(SIGTERM);
  if (!host_->wait_for_exit(std::chrono::seconds(30)))
    throw client::client_error("the host does not stop");
}

void target::restart() {
  while_stopped([](const std::string&) {});
}

void target::while_stopped(const std::function<void(const std::string& data)>& work) {
  stop();
  work(data_);
  where_ = {host_->start()};
  pids_ = {host_->pid()};
}

cluster::cluster_process& target::cluster() {
  if (!cluster_)
    throw client::client_error("this workload runs with several hosts of its own: --hosts 3");
  return *cluster_;
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
