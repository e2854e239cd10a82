// A host that nobody listed joins with the address of one other, whatever breaks on its way.
#include <doctest/doctest.h>

#include "tests/runtime/cluster/pair.hpp"

namespace carillon::cluster {
namespace {

wire::founding_facts facts() {
  wire::founding_facts out;
  out.set_cluster_id(55);
  out.set_slots(4);
  out.add_meta_voters(id_of("a"));
  return out;
}

wire::peer_hello reachable(const std::string& name, bool founded) {
  wire::peer_hello hello = hello_of(name);
  hello.mutable_member()->set_peer_address(name + ":7000");
  if (founded) {
    hello.set_cluster_id(55);
    *hello.mutable_founding() = facts();
  }
  return hello;
}

wire::ring_view view_of(const std::vector<std::string>& names) {
  wire::ring_view view;
  view.set_generation(names.size());
  for (const std::string& name : names)
    *view.add_members() = reachable(name, true).member();
  return view;
}

}  // namespace

TEST_CASE("joining: a new host reaches the one that it was told of, and is reached by no other way") {
  network net;
  end& a = net.add(reachable("a", true), {});
  a.state.know(view_of({"a"}), net.now);
  end& z = net.add(reachable("z", false), {"a"});
  net.pass(std::chrono::seconds(4));
  CHECK(a.state.is_up(id_of("z")));
  CHECK(z.state.is_up(id_of("a")));
}

TEST_CASE("joining: a connection that breaks before the ring has the new host is made anew") {
  network net;
  end& a = net.add(reachable("a", true), {});
  a.state.know(view_of({"a"}), net.now);
  end& z = net.add(reachable("z", false), {"a"});
  net.pass(std::chrono::seconds(4));
  REQUIRE(z.state.is_up(id_of("a")));
  z.state.set_founding(facts());
  net.settle();
  net.kill("a");
  net.pass(std::chrono::seconds(2));
  // What "a" knows after its start is the view, and "z" is not in it.
  end& again = net.add(reachable("a", true), {});
  again.state.know(view_of({"a"}), net.now);
  net.pass(std::chrono::seconds(6));
  CHECK(again.state.is_up(id_of("z")));
}

TEST_CASE("joining: a host that was killed before the ring had it joins after its start") {
  network net;
  end& a = net.add(reachable("a", true), {});
  a.state.know(view_of({"a"}), net.now);
  net.add(reachable("z", true), {"a"});  // its folder knows the cluster
  net.pass(std::chrono::seconds(6));
  CHECK(a.state.is_up(id_of("z")));
}

TEST_CASE("joining: once a member, it waits to be dialed like any other") {
  network net;
  end& a = net.add(reachable("a", true), {});
  a.state.know(view_of({"a", "z"}), net.now);
  end& z = net.add(reachable("z", true), {"a"});
  z.state.know(view_of({"a", "z"}), net.now);
  net.pass(std::chrono::seconds(6));
  CHECK(a.state.is_up(id_of("z")));
  CHECK(net.dials("z") == 0);
}

TEST_CASE("joining: a host that comes back with an old view meets who came meanwhile") {
  network net;
  auto add = [&](const std::string& name, const std::vector<std::string>& view) -> end& {
    end& added = net.add(reachable(name, true), {});
    added.state.know(view_of(view), net.now);
    added.state.set_generation(view.size());
    return added;
  };
  add("b", {"a", "b", "c"});
  add("c", {"a", "b", "c"});
  end& a = add("a", {"a", "b"});  // it is to dial "c", by their names
  net.pass(std::chrono::seconds(6));
  CHECK(a.state.is_up(id_of("c")));
  // With a view that is as new as that, whom it does not have is a stranger.
  wire::ring_view without = view_of({"a", "b"});
  a.state.know(without, net.now);
  a.state.set_generation(4);
  net.kill("c");
  net.pass(std::chrono::seconds(6));
  CHECK(a.state.names() == std::vector<std::string>{"b"});
}

}  // namespace carillon::cluster
