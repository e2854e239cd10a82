#include "tools/cluster/cluster_process.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "config/load.hpp"

namespace carillon::cluster {
namespace {

namespace json = boost::json;

std::string name_of(std::size_t host) {
  return std::string(1, static_cast<char>('a' + host));
}

std::uint64_t number_at(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

// A host of a trial, as an entry of its file; its ports are free now, or its network's.
std::string entry_of(const trial& how, std::size_t host) {
  constexpr std::uint16_t peer_port = 7100, client_port = 8100; // inside a network of our own
  const std::string address = how.network ? how.network->address_of(host) : "127.0.0.1";
  const std::string peer = how.network ? how.network->peer_address_of(host) : address;
  std::ostringstream text;
  text << "[[cluster.hosts]]\nname = \"" << name_of(host) << "\"\npeer = \"" << peer << ':'
       << (how.network ? peer_port : free_port()) << "\"\nlisten = \"" << address << ':'
       << (how.network ? client_port : free_port()) << "\"\ndata = \"" << how.folder << '/'
       << name_of(host) << "\"\nzone = \"z" << host << "\"\n\n";
  return text.str();
}

std::string write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text).flush())
    throw client::client_error("cannot write " + path);
  return path;
}

std::uint16_t any_free_port() {
  int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(probe);
  if (!bound)
    throw client::client_error("no free port on loopback");
  return ntohs(address.sin_port);
}

} // namespace

// The kernel gives a port that was let go again at once, by chance.
std::uint16_t free_port() {
  constexpr std::size_t remembered = 4'096;
  static std::mutex lock;
  static std::set<std::uint16_t> given; // guarded by lock
  std::lock_guard guard(lock);
  if (given.size() >= remembered)
    given.clear();
  std::uint16_t port = any_free_port();
  while (!given.insert(port).second)
    port = any_free_port();
  return port;
}

std::vector<settings::cluster_host> hosts_of(const std::string& file) {
  settings_sources sources;
  sources.file = file;
  sources.whole_cluster = true;
  auto loaded = load_settings(sources);
  if (!loaded)
    throw client::client_error(loaded.error().detail);
  if (loaded->cluster.hosts.empty())
    throw client::client_error(file + ": no [[cluster.hosts]]");
  return loaded->cluster.hosts;
}

std::string write_cluster_file(const trial& how) {
  std::filesystem::create_directories(how.folder);
  std::string text;
  for (std::size_t i = 0; i < how.hosts; ++i)
    text += entry_of(how, i);
  return write_file(how.folder + "/cluster.toml", text);
}

std::string write_visitor_file(const trial& how, const std::string& cluster_file, std::size_t host) {
  const settings::cluster_host seed = hosts_of(cluster_file).at(0);
  return write_file(how.folder + "/" + name_of(host) + ".toml",
                    "[[cluster.hosts]]\nname = \"" + seed.name + "\"\npeer = \"" + seed.peer +
                        "\"\nlisten = \"" + seed.listen + "\"\ndata = \"" + seed.data + "\"\n\n" + entry_of(how, host));
}

std::string write_lone_file(const trial& how, const std::string& cluster_file, std::size_t host) {
  const settings::cluster_host mine = hosts_of(cluster_file).at(host);
  std::ostringstream text;
  text << "[[cluster.hosts]]\nname = \"" << mine.name << "\"\npeer = \"" << mine.peer
       << "\"\nlisten = \"" << mine.listen << "\"\ndata = \"" << mine.data << "\"\nzone = \""
       << mine.zone << "\"\n";
  return write_file(how.folder + "/" + mine.name + ".toml", text.str());
}

cluster_process::cluster_process(options how) {
  for (const auto& entry : hosts_of(how.file))
    add(how, entry, how.file);
  members_ = hosts_.size();
  for (const std::string& file : how.visitors)
    add(how, hosts_of(file).back(), file);
}

void cluster_process::add(const options& how, const settings::cluster_host& entry,
                          const std::string& file) {
  client::host_process::options one_host;
  one_host.program = how.program;
  one_host.data = entry.data;
  one_host.listen = entry.listen;
  one_host.settings = how.settings;
  one_host.arguments = {"--config", file, "--host", entry.name};
  if (!how.logs.empty())
    one_host.log = how.logs + "/" + entry.name + ".log";
  if (how.network)
    one_host.network_space = how.network->space_of(hosts_.size());
  if (how.each)
    how.each(hosts_.size(), one_host);
  if (auto parent = std::filesystem::path(entry.data).parent_path(); !parent.empty())
    std::filesystem::create_directories(parent);
  hosts_.push_back({entry, std::make_unique<client::host_process>(one_host),
                    entry.listen.empty() ? client::endpoint{}
                                         : client::endpoint::parse("http://" + entry.listen)});
}

void cluster_process::launch(std::size_t host) {
  process(host).launch();
}

void cluster_process::launch_all() {
  for (std::size_t i = 0; i < members_; ++i)
    launch(i);
}

client::endpoint cluster_process::wait_until_listening(std::size_t host,
                                                       std::chrono::milliseconds at_most) {
  return hosts_.at(host).where = process(host).wait_until_listening(at_most);
}

void cluster_process::wait_until_all_listen(std::chrono::milliseconds at_most) {
  for (std::size_t i = 0; i < members_; ++i)
    wait_until_listening(i, at_most);
}

std::vector<client::endpoint> cluster_process::endpoints() const {
  std::vector<client::endpoint> all;
  for (std::size_t i = 0; i < members_; ++i)
    all.push_back(hosts_[i].where);
  return all;
}

std::string cluster_process::admin_token() const {
  return hosts_.front().process->admin_token();
}

void cluster_process::stop_in_order(std::chrono::milliseconds each) {
  for (auto host = hosts_.rbegin(); host != hosts_.rend(); ++host) {
    if (!host->process->is_running())
      continue;
    host->process->signal(SIGTERM);
    if (!host->process->wait_for_exit(each))
      host->process->kill_now();
  }
}

host_health read_health(int status, const std::string& body) {
  host_health health;
  json::error_code failure;
  auto parsed = json::parse(json::string_view(body.data(), body.size()), failure);
  if (status == 0 || failure || !parsed.is_object())
    return health;
  const json::object& object = parsed.get_object();
  health.answers = true;
  health.well = status == 200;
  if (const json::value* reason = object.if_contains("reason"); reason && reason->is_string())
    health.reason = std::string(reason->get_string());
  if (const json::value* leads = object.if_contains("leads"); leads && leads->is_array())
    for (const json::value& slot : leads->get_array())
      health.leads.push_back(slot.to_number<std::uint32_t>());
  health.slots = static_cast<std::uint32_t>(number_at(object, "slots"));
  health.posts = number_at(object, "posts");
  health.deliveries = number_at(object, "deliveries");
  health.sessions = number_at(object, "sessions");
  health.generation = number_at(object, "generation");
  return health;
}

} // namespace carillon::cluster
