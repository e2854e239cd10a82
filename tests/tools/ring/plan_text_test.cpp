// The ring as `carillon ring` shows it, and the words that it refuses before any host is asked.
#include <sstream>
#include <vector>

#include <doctest/doctest.h>

#include "tools/ring/plan_text.hpp"
#include "tools/ring/ring.hpp"

using namespace carillon;
using namespace carillon::ring;

namespace {

// Hosts a and b lead one slot each.
wire::ring_view two_hosts() {
  wire::ring_view out;
  for (std::uint64_t id = 1; id <= 2; ++id) {
    auto* member = out.add_members();
    member->set_store_id(id);
    member->set_name(id == 1 ? "a" : "b");
    member->set_weight(100);
    auto* place = out.add_slots();
    place->set_preferred_leader(id);
    place->add_replicas(1);
    place->add_replicas(2);
  }
  return out;
}

void add_host(wire::cluster_picture& cluster, std::uint64_t id, const std::string& name) {
  auto* host = cluster.add_hosts();
  host->set_store_id(id);
  host->set_name(name);
}

// The line of a host.
std::string line_of(const std::string& text, const std::string& host) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(host + " "))
      return line;
  return {};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ring text: a host that nobody hears is called silent, whatever is wished of it") {
  wire::ring_view view = two_hosts();
  wire::cluster_picture cluster;
  add_host(cluster, 1, "a");
  auto* silent = cluster.add_silent();
  silent->set_name("b");
  silent->set_why("that host is not connected");
  const std::string text = ring_text(view, cluster);
  CHECK(has(line_of(text, "a"), " serves "));
  CHECK(has(line_of(text, "b"), " SILENT "));
  auto* wish = view.add_wishes();
  wish->set_store_id(2);
  wish->set_intent(wire::HOST_RESTS);
  CHECK(has(line_of(ring_text(view, cluster), "b"), " rests, SILENT "));
  CHECK(has(line_of(ring_text(view, {}), "b"), " rests "));  // nobody was asked
}

TEST_CASE("ring text: of two disks with one host's name the one that is gone is silent") {
  wire::ring_view view = two_hosts();
  view.mutable_members(0)->set_name("b");
  wire::cluster_picture cluster;
  add_host(cluster, 2, "b");
  const std::string text = ring_text(view, cluster);
  CHECK(has(text, " SILENT "));
  CHECK(has(text, " serves "));
}

TEST_CASE("ring text: the configured weight is told where another one is in force") {
  wire::ring_view view = two_hosts();
  auto* wish = view.add_wishes();
  wish->set_store_id(2);
  wish->set_weight(200);
  CHECK(has(ring_text(view, {}), "200 (configured 100)"));
  view.mutable_wishes(0)->set_weight(100);
  CHECK(!has(ring_text(view, {}), "configured"));
}

TEST_CASE("ring: a weight without its number asks for it and changes nothing") {
  std::istringstream in;
  std::ostringstream out, err;
  cli::invocation now{in, out, err, {}};
  CHECK(cli::run_program({add_ring_command}, {"ring", "weight", "b", "--url", "http://127.0.0.1:1",
                                              "--token", "x"}, now) == cli::exit_usage);
  CHECK(err.str() == "carillon: say a weight, 100 is what hosts have by default, or --as-configured\n");
}
