// A visit of this thread to a network namespace: sockets and TUN devices that are made during it
// belong there for good, and may be used from anywhere afterwards.
#pragma once

#include <string>

namespace carillon::cluster {

class network_space_visit {
public:
  // A name below /run/netns. Throws client::client_error when it cannot be entered.
  explicit network_space_visit(const std::string& space);
  ~network_space_visit();
  network_space_visit(const network_space_visit&) = delete;
  network_space_visit& operator=(const network_space_visit&) = delete;

private:
  int home_ = -1;
};

} // namespace carillon::cluster
