// Hosts of one founded cluster that hear of one another from somebody else: no settings name them, no view
// has them yet.
#include <doctest/doctest.h>

#include "tests/runtime/cluster/pair.hpp"

namespace carillon::cluster {
namespace {

wire::peer_hello founded(const std::string& name) {
  wire::peer_hello hello = hello_of(name);
  hello.set_cluster_id(7);
  hello.mutable_member()->set_peer_address(name + ":7000");
  return hello;
}

wire::ring_member member(const std::string& name) {
  return founded(name).member();
}

}  // namespace

TEST_CASE("introduced: hosts that were told of one another by somebody else connect, once") {
  network all;
  end& a = all.add(founded("a"), {});
  end& b = all.add(founded("b"), {});
  a.state.introduce({member("a"), member("b")}, all.now);
  b.state.introduce({member("a"), member("b")}, all.now);
  all.pass(std::chrono::seconds(5));
  CHECK(a.state.is_up(id_of("b")));
  CHECK(b.state.is_up(id_of("a")));
  CHECK(all.connections() == 1);
  CHECK(all.dials("a") == 1);
  CHECK(all.dials("b") == 0);
}

TEST_CASE("introduced: a host of whom the other does not know dials it, although that one is to dial as a rule") {
  network all;
  end& a = all.add(founded("a"), {});
  end& z = all.add(founded("z"), {});
  z.state.introduce({member("a")}, all.now);
  all.pass(join_after - std::chrono::milliseconds(200));
  CHECK(all.dials("z") == 0);
  all.pass(std::chrono::seconds(1));
  CHECK(a.state.is_up(id_of("z")));
  CHECK(all.dials("z") == 1);
}

TEST_CASE("introduced: a host that is no member stays a peer while it is said to be there, and is forgotten then") {
  network all;
  end& a = all.add(founded("a"), {});
  wire::ring_view view;
  view.set_generation(1);
  *view.add_members() = member("a");
  a.state.know(view, all.now);
  a.state.introduce({member("b")}, all.now);
  all.pass(std::chrono::seconds(5));
  CHECK(a.state.names() == std::vector<std::string>{"b"});
  a.state.introduce({}, all.now);
  for (int i = 0; i < 50 && !a.state.names().empty(); ++i)
    all.pass(std::chrono::milliseconds(100));
  CHECK(a.state.names().empty());
}

}  // namespace carillon::cluster
