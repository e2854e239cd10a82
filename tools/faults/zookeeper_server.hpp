// ZooKeeper servers of our own, from Debian's package: one, or an ensemble, on loopback, with their data in
// a folder of their own; for tests and for chaos. They end with us. One thread. What goes wrong is thrown
// as client::client_error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tools/client/host_process.hpp"

namespace carillon::faults {

class zookeeper_servers {
public:
  // Its jar; nullopt: it or Java is not installed (tools/setup --tests installs them).
  static std::optional<std::string> program();

  explicit zookeeper_servers(std::size_t count = 1);  // started
  ~zookeeper_servers();                               // ended, and everything removed
  zookeeper_servers(const zookeeper_servers&) = delete;
  zookeeper_servers& operator=(const zookeeper_servers&) = delete;

  std::size_t size() const { return servers_.size(); }
  std::string addresses() const;  // "127.0.0.1:PORT,..."

  void kill(std::size_t server);  // SIGKILL, reaped; harmless when it does not run
  void kill_all();
  void launch(std::size_t server);  // returns at once; harmless when it runs
  void start_all();                 // those that do not run; waits until all serve
  void freeze(std::size_t server);  // SIGSTOP
  void thaw(std::size_t server);
  bool serves(std::size_t server) const;  // it takes requests: in an ensemble, with a majority

  // ZooKeeper's own client, for what an operator does by hand: "delete /x", "get /x". Its output. It takes
  // a second or more.
  std::string command(const std::string& words) const;

private:
  struct server {
    std::uint16_t port = 0;
    std::uint16_t peer_port = 0, election_port = 0;
    pid_t process = 0;  // 0: does not run
  };
  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  pid_t spawn(const std::vector<std::string>& arguments, const std::string& output) const;

  client::scratch_folder folder_;
  const std::string jar_;
  std::vector<server> servers_;
};

}  // namespace carillon::faults
