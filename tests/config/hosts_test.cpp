// [[cluster.hosts]]: what is read, what is refused and in which words, and what --host makes of it.
#include <string>

#include <doctest/doctest.h>

#include "config/load.hpp"
#include "tests/config/config_files.hpp"

using namespace carillon;

namespace {

const std::string two_hosts = R"([cluster]
tls_certificate = "certs/{host}.pem"
tls_key = "certs/{host}.key"
tls_ca = "certs/ca.pem"

[[cluster.hosts]]
name = "a"
peer = "127.0.0.1:7101"
listen = "127.0.0.1:8101"
data = "data/a"

[[cluster.hosts]]
name = "b"
peer = "127.0.0.1:7102"
listen = "127.0.0.1:8102"
data = "data/b"
zone = "z2"
weight = 50
public_url = "https://b.example.org"
)";

std::string complaint(const std::string& text, std::optional<std::string> host = "a") {
  settings_sources sources;
  sources.host = std::move(host);
  auto loaded = test::load_text(text, sources);
  REQUIRE_FALSE(loaded);
  return loaded.error().detail;
}

std::string with(const std::string& from, const std::string& to) {
  std::string text = two_hosts;
  text.replace(text.find(from), from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("hosts: --host gives this host its entry's folder and addresses") {
  settings_sources sources;
  sources.host = "b";
  auto loaded = test::load_text(two_hosts, sources);
  REQUIRE(loaded);
  CHECK(loaded->host.data == "data/b");
  CHECK(loaded->host.listen == "127.0.0.1:8102");
  CHECK(loaded->host.public_url == "https://b.example.org");
  CHECK(loaded->cluster.tls_certificate == "certs/b.pem");
  REQUIRE(loaded->cluster.hosts.size() == 2);
  CHECK(loaded->cluster.hosts[0].weight == 100);
  CHECK(loaded->cluster.hosts[1].weight == 50);
  CHECK(loaded->cluster.hosts[1].zone == "z2");
}

TEST_CASE("hosts: the host's name is filled in wherever it is asked for") {
  settings_sources sources;
  sources.host = "a";
  auto loaded = test::load_text(with("certs/{host}.pem", "certs/{host}/{host}.pem"), sources);
  REQUIRE(loaded);
  CHECK(loaded->cluster.tls_certificate == "certs/a/a.pem");
}

TEST_CASE("hosts: the command line wins over the host's entry, the file's [host] does not") {
  settings_sources sources;
  sources.host = "a";
  sources.data = "/elsewhere";
  sources.set = {"host.public_url=http://here"};
  auto loaded = test::load_text("[host]\nlisten = \"127.0.0.1:1\"\n" + two_hosts, sources);
  REQUIRE(loaded);
  CHECK(loaded->host.data == "/elsewhere");
  CHECK(loaded->host.public_url == "http://here");
  CHECK(loaded->host.listen == "127.0.0.1:8101");
}

TEST_CASE("hosts: what is printed reads back the same") {
  settings_sources sources;
  sources.host = "a";
  auto loaded = test::load_text(two_hosts, sources);
  REQUIRE(loaded);
  auto again = test::load_text(print_settings(*loaded));
  REQUIRE(again);
  CHECK(again->cluster.hosts == loaded->cluster.hosts);
  CHECK(print_settings(*again) == print_settings(*loaded));
}

TEST_CASE("hosts: without --host, or with a name that nobody has, the names are told") {
  CHECK(complaint(two_hosts, std::nullopt) ==
        "--host: which one of cluster.hosts is this? One of a, b");
  CHECK(complaint(two_hosts, "c") == "host.name = \"c\": must be one of a, b");
}

TEST_CASE("hosts: an entry that is wrong is told with its line") {
  CHECK(complaint(with("peer = \"127.0.0.1:7101\"", "peer = \"127.0.0.1:0\"")) ==
        "x.toml:8: cluster.hosts.peer = \"127.0.0.1:0\": must be HOST:PORT with a port from 1 to 65535");
  CHECK(complaint(with("zone = \"z2\"", "zones = \"z2\"")) ==
        "x.toml:17: cluster.hosts.zones: no such setting; a host has name, peer, listen, data, "
        "public_url, zone, region, weight");
  CHECK(complaint(with("data = \"data/a\"\n", "")) ==
        "x.toml:6: cluster.hosts: a host needs data");
  CHECK(complaint("[cluster]\nhosts = 3\n") ==
        "x.toml:2: cluster.hosts: must be a list, as [[cluster.hosts]]");
  CHECK(complaint("[cluster]\nhosts = [3]\n") ==
        "x.toml:2: cluster.hosts: each host is a table, as [[cluster.hosts]]");
}

TEST_CASE("hosts: a weight may be from 0 to 10000") {
  settings_sources a;
  a.host = "a";
  CHECK(test::load_text(with("weight = 50", "weight = 0"), a));
  CHECK(test::load_text(with("weight = 50", "weight = 10000"), a));
  CHECK(complaint(with("weight = 50", "weight = 10001")) ==
        "x.toml:18: cluster.hosts.weight = 10001: must be a whole number from 0 to 10000");
  CHECK(complaint(with("weight = 50", "weight = -1")) ==
        "x.toml:18: cluster.hosts.weight = -1: must be a whole number from 0 to 10000");
}

TEST_CASE("hosts: two hosts share neither name, addresses nor folder") {
  CHECK(complaint(with("name = \"b\"", "name = \"a\"")) ==
        "cluster.hosts: two hosts have name = \"a\"");
  CHECK(complaint(with("127.0.0.1:7102", "127.0.0.1:7101")) ==
        "cluster.hosts: two hosts have peer = \"127.0.0.1:7101\"");
  CHECK(complaint(with("data/b", "data/a")) == "cluster.hosts: two hosts have data = \"data/a\"");
}

TEST_CASE("hosts: certificates come all three or not at all") {
  CHECK(complaint(with("tls_ca = \"certs/ca.pem\"", "")) ==
        "cluster.tls_certificate, cluster.tls_key, cluster.tls_ca: all three or none");
}

TEST_CASE("hosts: with ZooKeeper one entry is enough, its own; servers are wanted") {
  const std::string mine = "[[cluster.hosts]]\nname = \"a\"\npeer = \"127.0.0.1:7101\"\n"
                           "listen = \"127.0.0.1:8101\"\ndata = \"data/a\"\nregion = \"eu\"\n";
  const std::string section = "[cluster.zookeeper]\nservers = \"127.0.0.1:2181\"\n"
                              "root = \"/chat\"\nsession_timeout_s = 6\n";
  settings_sources sources;
  sources.host = "a";
  auto loaded = test::load_text("[cluster]\ncoordination = \"zookeeper\"\n" + section + mine, sources);
  REQUIRE(loaded);
  CHECK(loaded->cluster.has_peers());
  CHECK(loaded->cluster.zookeeper.servers == "127.0.0.1:2181");
  CHECK(loaded->cluster.zookeeper.session_timeout_s == 6);
  CHECK(loaded->cluster.hosts[0].region == "eu");
  CHECK(complaint("[cluster]\ncoordination = \"zookeeper\"\n" + mine) ==
        "cluster.coordination = \"zookeeper\" needs cluster.zookeeper.servers");
  CHECK(complaint("[cluster]\ncoordination = \"zookeeper\"\n" + section, std::nullopt) ==
        "cluster.coordination = \"zookeeper\" needs this host in [[cluster.hosts]]");
  CHECK(complaint("[cluster.zookeeper]\nserver = \"a:1\"\n", std::nullopt) ==
        "x.toml:2: cluster.zookeeper.server: no such setting; did you mean cluster.zookeeper.servers?");
  sources.set = {"cluster.zookeeper.root=/other"};
  loaded = test::load_text("[cluster]\ncoordination = \"zookeeper\"\n" + section + mine, sources);
  REQUIRE(loaded);
  CHECK(loaded->cluster.zookeeper.root == "/other");
}

TEST_CASE("hosts: the three-host example loads for each of its hosts") {
  for (const char* name : {"a", "b", "c"}) {
    settings_sources sources;
    sources.file = "config/cluster-3.toml";
    sources.host = name;
    auto loaded = load_settings(sources);
    REQUIRE(loaded);
    CHECK(loaded->cluster.hosts.size() == 3);
    CHECK(loaded->host.data == std::string("data/") + name);
  }
}
