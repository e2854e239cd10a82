// Strangers at the door: TLS with certificates of our CA and of another one, hosts without TLS, other
// clusters, junk on the port; and a cable that is cut without a word.
#include <doctest/doctest.h>

#include <time.h>

#include <algorithm>
#include <filesystem>

#include "tests/actors/link/link_fixture.hpp"
#include "runtime/cluster/waiting_room.hpp"
#include "tests/actors/link/relay.hpp"
#include "tools/certs/certs.hpp"

namespace carillon {
namespace {

struct folder {
  std::filesystem::path path;
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "carillon-tls-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~folder() { std::filesystem::remove_all(path); }

  // A CA with certificates for a, b and c.
  std::string make(const std::string& name) const {
    std::string out = (path / name).string();
    REQUIRE(certs::make_certificates({{"a", "b", "c"}, out}));
    return out;
  }
};

settings with_tls(settings config, const std::string& certificates, const std::string& name) {
  config.cluster.tls_certificate = certificates + "/" + name + ".pem";
  config.cluster.tls_key = certificates + "/" + name + ".key";
  config.cluster.tls_ca = certificates + "/ca.pem";
  return config;
}

wire::peer_request question() {
  wire::peer_request out;
  out.mutable_channel()->set_channel_id("C1");
  return out;
}

bool works(link_host& from, raft::member_id to) {
  return from.ask(to, 1, question()).channel().detail() == "asked in C1";
}

// Connects, says `bytes`, waits until the other side has had enough or `patience` is over.
void knock(const std::string& address, const std::string& bytes,
           std::chrono::milliseconds patience = std::chrono::milliseconds(50)) {
  auto fd = cluster::connect_within(address, std::chrono::seconds(2));
  REQUIRE(fd);
  (void)::send(fd->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  pollfd waiting{fd->get(), POLLIN, 0};
  (void)poll(&waiting, 1, static_cast<int>(patience.count()));
}

std::vector<std::string> junk() {
  seeded_random random(11);
  std::string noise;
  for (int i = 0; i < 2'000; ++i)
    noise.push_back(static_cast<char>(random.next()));
  return {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", noise, std::string(100, '\0'), std::string(40, '\xff'), {}};
}

TEST_CASE("tls: hosts with certificates of one CA speak to each other, also in large items") {
  folder here;
  std::string certificates = here.make("ca");
  settings config = cluster_of({"a", "b"});
  link_host a(with_tls(config, certificates, "a"), "a", 1, facts_of({1, 2}));
  link_host b(with_tls(config, certificates, "b"), "b", 2, facts_of({1, 2}));
  a.serve();
  b.serve();
  REQUIRE(a.notes.hears(2));
  REQUIRE(b.notes.hears(1));
  CHECK(works(a, 2));
  CHECK(works(b, 1));
  for (int i = 0; i < 20; ++i) {
    wire::event_batches batches;
    batches.set_slot(1);
    batches.add_batches()->set_channel_id(std::string(700'000, 'c'));
    a.send(2, wire::ITEM_EVENTS, 1, batches.SerializeAsString());
    b.send(1, wire::ITEM_EVENTS, 1, batches.SerializeAsString());
  }
  auto all = [](const notebook::pages& p) { return p.events.size() == 20; };
  CHECK(b.notes.wait(all));
  CHECK(a.notes.wait(all));
}

TEST_CASE("tls: a certificate of another CA is refused, and the good ones go on") {
  folder here;
  std::string ours = here.make("ours"), theirs = here.make("theirs");
  settings config = cluster_of({"a", "b", "c"});
  link_host a(with_tls(config, ours, "a"), "a", 1, facts_of({1, 2, 3}));
  link_host b(with_tls(config, theirs, "b"), "b", 2, facts_of({1, 2, 3}));
  link_host c(with_tls(config, ours, "c"), "c", 3, facts_of({1, 2, 3}));
  for (link_host* each : {&a, &b, &c})
    each->serve();
  REQUIRE(a.notes.hears(3));
  CHECK(a.comes_to_say("failed dials=3"));
  CHECK(b.comes_to_say("failed dials=3"));
  CHECK(a.describe().find("b down") != std::string::npos);
  CHECK(c.describe().find("b down") != std::string::npos);
  CHECK(works(a, 3));
  CHECK_FALSE(a.notes.loses(3, std::chrono::milliseconds(0)));
}

TEST_CASE("tls: a host without TLS gets nowhere, on either side") {
  folder here;
  std::string ours = here.make("ours");
  settings config = cluster_of({"a", "b", "c"});
  link_host a(config, "a", 1, facts_of({1, 2, 3}));
  link_host b(with_tls(config, ours, "b"), "b", 2, facts_of({1, 2, 3}));
  link_host c(with_tls(config, ours, "c"), "c", 3, facts_of({1, 2, 3}));
  for (link_host* each : {&a, &b, &c})
    each->serve();
  REQUIRE(b.notes.hears(3));
  CHECK(a.comes_to_say("failed dials=2"));
  CHECK(b.describe().find("a down") != std::string::npos);
  CHECK(works(b, 3));
  CHECK_FALSE(b.notes.loses(3, std::chrono::milliseconds(0)));
}

TEST_CASE("tls: a file that cannot be used is named before anything listens") {
  folder here;
  std::string ours = here.make("ours");
  settings config = with_tls(cluster_of({"a", "b"}), ours, "a");
  for (auto [what, change] : {std::pair<std::string, void (*)(settings&)>{
                                  "tls_certificate", [](settings& s) { s.cluster.tls_certificate += "x"; }},
                              {"tls_key", [](settings& s) { s.cluster.tls_key = s.cluster.tls_ca; }},
                              {"tls_ca", [](settings& s) { s.cluster.tls_ca = s.cluster.tls_key; }}}) {
    settings broken = config;
    change(broken);
    CAPTURE(what);
    status usable = cluster::check_tls_files(broken.cluster);
    REQUIRE_FALSE(usable);
    CHECK(usable.code() == errc::invalid_config);
    CHECK(usable.error().detail.find("cluster." + what) == 0);
  }
  settings mixed = config;  // the key of another host
  mixed.cluster.tls_key = ours + "/b.key";
  CHECK_FALSE(cluster::check_tls_files(mixed.cluster));
  CHECK(cluster::check_tls_files(config.cluster));
}

void check_junk(bool tls) {
  folder here;
  settings config = cluster_of({"a", "b"});
  std::string ours = tls ? here.make("ours") : "";
  auto of = [&](const std::string& name) { return tls ? with_tls(config, ours, name) : config; };
  link_host a(of("a"), "a", 1, facts_of({1, 2}));
  link_host b(of("b"), "b", 2, facts_of({1, 2}));
  a.serve();
  b.serve();
  REQUIRE(a.notes.hears(2));
  REQUIRE(b.notes.hears(1));
  for (int round = 0; round < 5; ++round)
    for (const std::string& bytes : junk())
      for (const settings::cluster_host& host : config.cluster.hosts) {
        knock(host.peer, bytes);
        CHECK(works(a, 2));
        CHECK(works(b, 1));
      }
  CHECK_FALSE(a.notes.loses(2, std::chrono::milliseconds(0)));
  CHECK_FALSE(b.notes.loses(1, std::chrono::milliseconds(0)));
}

TEST_CASE("strangers: junk on the port does not disturb good connections") {
  check_junk(false);
}

TEST_CASE("tls: junk on the port does not disturb good connections") {
  check_junk(true);
}

TEST_CASE("strangers: one that says nothing is shown the door") {
  settings config = cluster_of({"a", "b"});
  link_host b(config, "b", 2, facts_of({1, 2}));
  auto fd = cluster::connect_within(config.cluster.hosts[1].peer, std::chrono::seconds(2));
  REQUIRE(fd);
  char bytes[4'096];
  for (ssize_t size = 1; size > 0;) {  // CAF's own hello, beats; then the end
    pollfd waiting{fd->get(), POLLIN, 0};
    REQUIRE(poll(&waiting, 1, 20'000) == 1);
    size = recv(fd->get(), bytes, sizeof(bytes), 0);
  }
}

// CPU time of this whole process.
std::chrono::nanoseconds burnt() {
  timespec out{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &out);
  return std::chrono::seconds(out.tv_sec) + std::chrono::nanoseconds(out.tv_nsec);
}

// True when the other side ends it before `deadline`; what it says until then does not matter.
bool is_shut(const cluster::socket_fd& fd, tick_time deadline) {
  char bytes[4'096];
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_now());
    pollfd waiting{fd.get(), POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) != 1)
      return false;
    if (recv(fd.get(), bytes, sizeof(bytes), 0) <= 0)
      return true;
  }
}

TEST_CASE("tls: strangers that say nothing, or half a hello, cost no CPU and are shown the door") {
  folder here;
  std::string ours = here.make("ours");
  settings config = cluster_of({"a", "b"});
  config.cluster.tick_ms = 100;
  link_host a(with_tls(config, ours, "a"), "a", 1, facts_of({1, 2}));
  link_host b(with_tls(config, ours, "b"), "b", 2, facts_of({1, 2}));
  a.serve();
  b.serve();
  REQUIRE(a.notes.hears(2));
  REQUIRE(b.notes.hears(1));

  // A record of a handshake of 512 bytes, of which the first few come.
  const std::string half("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  std::vector<cluster::socket_fd> strangers;
  const auto came = steady_now();
  for (const std::string& bytes : {std::string(), half.substr(0, 3), half}) {
    auto fd = cluster::connect_within(config.cluster.hosts[1].peer, std::chrono::seconds(2));
    REQUIRE(fd);
    (void)::send(fd->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    strangers.push_back(std::move(*fd));
  }
  CHECK(works(a, 2));
  const auto before = burnt();
  CHECK_FALSE(is_shut(strangers[0], steady_now() + std::chrono::seconds(1)));
  CHECK(burnt() - before < std::chrono::milliseconds(200));
  const auto patience = cluster::waiting_room::patience + std::chrono::seconds(2);
  for (const cluster::socket_fd& each : strangers)
    CHECK(is_shut(each, came + patience));
  CHECK(works(a, 2));
  CHECK(works(b, 1));
  CHECK_FALSE(a.notes.loses(2, std::chrono::milliseconds(0)));
  CHECK_FALSE(b.notes.loses(1, std::chrono::milliseconds(0)));
}

TEST_CASE("tls: when more strangers come than there is room for, the first of them go at once") {
  folder here;
  std::string ours = here.make("ours");
  settings config = cluster_of({"a", "b"});
  link_host b(with_tls(config, ours, "b"), "b", 2, facts_of({1, 2}));
  std::vector<cluster::socket_fd> strangers;
  const auto came = steady_now();
  for (std::size_t i = 0; i < cluster::waiting_room::seats + 10; ++i) {
    auto fd = cluster::connect_within(config.cluster.hosts[1].peer, std::chrono::seconds(2));
    REQUIRE(fd);
    strangers.push_back(std::move(*fd));
  }
  for (std::size_t i = 0; i < 10; ++i)
    CHECK(is_shut(strangers[i], came + cluster::waiting_room::patience / 2));
  CHECK_FALSE(is_shut(strangers[10], steady_now()));
  // Among them a good one still comes in.
  link_host a(with_tls(config, ours, "a"), "a", 1, facts_of({1, 2}));
  a.serve();
  b.serve();
  CHECK(a.notes.hears(2, std::chrono::seconds(4)));
}

TEST_CASE("strangers: a host of another cluster is refused by word, again and again") {
  settings config = cluster_of({"a", "b"});
  settings other = config;
  other.cluster.name = "other";
  link_host a(config, "a", 1, facts_of({1, 2}));
  link_host b(other, "b", 2, facts_of({1, 2}));
  a.serve();
  b.serve();
  CHECK(a.comes_to_say("hellos=2 "));
  CHECK(b.comes_to_say("hellos=2 "));
  CHECK(a.describe().find("b down") != std::string::npos);
}

TEST_CASE("link: a cable that is cut is a loss within suspect_ms, and healed it works again soon") {
  settings config = cluster_of({"a", "b"});
  relay cable(config.cluster.hosts[1].peer);
  settings of_a = config;
  of_a.cluster.hosts[1].peer = cable.address();
  link_host a(of_a, "a", 1, facts_of({1, 2}));
  link_host b(config, "b", 2, facts_of({1, 2}));
  a.serve();
  b.serve();
  // A blink that only silence tells of, and a cut that ends the connection on both sides.
  for (auto length : {std::chrono::milliseconds(800), std::chrono::milliseconds(5'000)}) {
    REQUIRE(a.notes.hears(2));
    REQUIRE(b.notes.hears(1));
    a.notes.clear();
    b.notes.clear();
    auto before = steady_now();
    cable.cut();
    CHECK(a.notes.loses(2, std::chrono::seconds(2)));
    CHECK(b.notes.loses(1, std::chrono::seconds(2)));
    CHECK(a.ask(2, 1, question()).errc() == static_cast<std::uint32_t>(errc::not_owner) + 1);
    (void)a.notes.wait([](const notebook::pages&) { return false; },
                       length - std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - before));
    a.notes.clear();
    b.notes.clear();
    cable.heal();
    CHECK(a.notes.hears(2, std::chrono::seconds(4)));
    CHECK(b.notes.hears(1, std::chrono::seconds(4)));
    CHECK(works(a, 2));
    CHECK(works(b, 1));
  }
}

}  // namespace
}  // namespace carillon
