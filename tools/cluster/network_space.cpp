#include "tools/cluster/network_space.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "runtime/base/ensure.hpp"
#include "tools/client/stream.hpp"

namespace carillon::cluster {

network_space_visit::network_space_visit(const std::string& space) {
  std::string path = "/run/netns/" + space;
  int there = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  home_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  bool entered = there >= 0 && home_ >= 0 && ::setns(there, CLONE_NEWNET) == 0;
  std::string why = std::strerror(errno);
  if (there >= 0)
    ::close(there);
  if (entered)
    return;
  if (home_ >= 0)
    ::close(home_);
  throw client::client_error("cannot enter the network namespace " + path + ": " + why);
}

network_space_visit::~network_space_visit() {
  // Going on in the wrong network would make everything after it a riddle.
  ENSURE(::setns(home_, CLONE_NEWNET) == 0, "a thread comes home from a network namespace");
  ::close(home_);
}

} // namespace carillon::cluster
