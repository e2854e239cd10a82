// Three hosts of two regions, and clients that come from everywhere on loopback: each is told of a
// gateway near it that has room, and gets there. Whoever drains, is full, or moves to another
// region, is treated so within seconds. With hosts that list one another, and with hosts that find
// one another in ZooKeeper.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/place_file.hpp"
#include "tools/client/api_client.hpp"
#include "tools/client/rtm_client.hpp"
#include "tools/client/workforce.hpp"
#include "tools/cluster/cluster_process.hpp"
#include "tools/cluster/command.hpp"
#include "tools/faults/zookeeper_server.hpp"

namespace carillon::testing {
namespace {

using names = std::set<std::string>;

constexpr std::chrono::seconds patience{60};
constexpr std::size_t a = 0, b = 1, c = 2;
// Of c: full from its 19th connection on.
constexpr std::size_t small_limit = 20;

const std::string from_eu = "127.0.1.9", from_us = "127.0.2.9", from_nowhere = "127.0.3.9",
                  from_asia = "127.0.4.9", from_proxy = "127.0.5.9";

struct host_file {
  std::string name, region, listen, peer, data;

  // With ZooKeeper the others know of it what it announces, so it announces its address.
  std::string entry(bool announced) const {
    std::string out = "[[cluster.hosts]]\nname = \"" + name + "\"\nregion = \"" + region;
    out += "\"\npeer = \"" + peer + "\"\nlisten = \"" + listen + "\"\ndata = \"" + data + "\"\n";
    if (announced)
      out += "public_url = \"http://" + listen + "\"\n";
    return out;
  }
};

class site {
public:
  explicit site(faults::zookeeper_servers* zookeeper) : zookeeper_(zookeeper) {
    std::ofstream(folder_.path() + "/geo.mmdb", std::ios::binary)
        << place_file({{"127.0.4.0/24", "KR", "AS"}});
    for (const auto& [name, region] : {std::pair{"a", "eu"}, {"b", "us"}, {"c", "us"}})
      files_.push_back({name, region, address(), address(), folder_.path() + "/" + name});
    for (std::size_t i = 0; i < files_.size(); ++i) {
      make(i);
      hosts[i]->launch();
    }
    for (std::size_t i = 0; i < files_.size(); ++i)
      where.push_back(hosts[i]->wait_until_listening(patience));
    settled();
    ann = client::hire(loop, where[a], hosts[a]->admin_token(), 1, "ann").at(0);
  }

  // Where this host sends a client from that address, as the name of a host.
  std::string sent(std::size_t host, const std::string& from, const std::string& more = {}) {
    return name_of(url(host, from, more));
  }
  std::string url(std::size_t host, const std::string& from, const std::string& more = {}) {
    const auto answer = ask(host, "POST /api/rtm.connect", from, "Bearer " + ann.token, more);
    const auto read = boost::json::parse(answer).as_object();
    REQUIRE_MESSAGE(read.contains("url"), answer);
    return std::string(read.at("url").as_string());
  }
  names seen(std::size_t host, const std::string& from) {
    names out;
    for (int i = 0; i < 30; ++i)
      out.insert(sent(host, from));
    return out;
  }
  // Comes true within seconds: what hosts know of each other is not older.
  bool soon(const std::function<bool()>& condition) {
    const auto give_up = steady_now() + patience;
    while (!condition()) {
      if (steady_now() > give_up)
        return false;
      loop.run_for(std::chrono::milliseconds(50));
    }
    return true;
  }
  bool seen_soon(std::size_t host, const std::string& from, const names& wanted) {
    return soon([&] { return seen(host, from) == wanted; });
  }
  // The URL that it was given takes its WebSocket, from where it is.
  bool gets_there(std::size_t host, const std::string& from) {
    client::rtm_client socket(loop, [](std::string_view) {});
    socket.connect(url(host, from), from);
    const bool there = loop.run_until(
        [&] { return socket.current() != client::rtm_client::state::connecting; }, patience);
    const bool ready = socket.current() == client::rtm_client::state::ready;
    socket.close();
    return there && ready;
  }

  std::string ring(std::vector<std::string> words) {
    std::vector<std::string> command{client::program_beside_us("carillon"), "ring"};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--url", "http://" + where[a].authority(), "--token",
                                   hosts[a]->admin_token()});
    const auto outcome = cluster::run_command(command);
    CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
    return outcome.output;
  }
  // Of `carillon ring show`.
  std::string row_of(const std::string& host) {
    const std::string shown = ring({"show"});
    const auto begin = shown.find("\n" + host + " ");
    REQUIRE_MESSAGE(begin != std::string::npos, shown);
    std::string row = shown.substr(begin + 1, shown.find('\n', begin + 1) - begin - 1);
    return row.substr(0, row.find_last_not_of(' ') + 1);
  }
  std::string metrics(std::size_t host) {
    return ask(host, "GET /metrics", "127.0.0.1", "Bearer " + hosts[host]->admin_token());
  }
  void settled() {
    REQUIRE(soon([&] {
      for (const client::endpoint& each : where) {
        const auto said = client::api_client(loop, each).try_get("/healthz");
        const auto* peers = said.json.if_contains("peers");
        if (said.status != 200 || !peers || peers->as_array().size() != 2)
          return false;
        for (const auto& peer : peers->as_array())
          if (!peer.as_object().at("heard").as_bool())
            return false;
      }
      return true;
    }));
  }
  void end(std::size_t host) {
    hosts[host]->signal(SIGTERM);
    REQUIRE(hosts[host]->wait_for_exit(patience));
  }
  // It comes back, in another region.
  void move(std::size_t host, const std::string& region) {
    end(host);
    files_[host].region = region;
    launch_again(host);
    where[host] = hosts[host]->wait_until_listening(patience);
    settled();
  }
  void launch_again(std::size_t host) {
    make(host);
    hosts[host]->launch();
  }
  std::string logs() const {
    std::string out;
    for (const auto& host : hosts)
      out += host->log_path() + ":\n" + host->log_text() + "\n";
    return out;
  }

  client::event_loop loop;
  std::vector<std::unique_ptr<client::host_process>> hosts;
  std::vector<client::endpoint> where;
  client::worker ann;

private:
  static std::string address() { return "127.0.0.1:" + std::to_string(cluster::free_port()); }

  void make(std::size_t host) {
    const host_file& mine = files_[host];
    const std::string path = folder_.path() + "/" + mine.name + ".toml";
    std::ofstream file(path);
    file << "[edge]\nkeep_alive_timeout_ms = 600000\n"
         << "trusted_proxies = \"" << from_proxy << "/32\"\n";
    if (host == c)
      file << "connections_max = " << small_limit << "\n";
    file << "[discovery]\nmaxmind = \"" << folder_.path() << "/geo.mmdb\"\n"
         << "[[discovery.ranges]]\ncidr = \"127.0.1.0/24\"\nregion = \"eu\"\n"
         << "[[discovery.ranges]]\ncidr = \"127.0.2.0/24\"\nregion = \"us\"\n"
         << "[discovery.continents]\nAS = \"us\"\n"
         << "[cluster]\nname = \"trial\"\nslots = 16\n";
    if (zookeeper_)
      file << "coordination = \"zookeeper\"\n[cluster.zookeeper]\nservers = \""
           << zookeeper_->addresses() << "\"\nsession_timeout_s = 3\n";
    for (const host_file& each : files_)
      if (!zookeeper_ || &each == &mine)
        file << each.entry(zookeeper_ != nullptr);
    client::host_process::options how;
    how.data = mine.data;
    how.listen = mine.listen;
    how.arguments = {"--config", path, "--host", mine.name};
    hosts.resize(files_.size());
    hosts[host] = std::make_unique<client::host_process>(how);
  }
  std::string name_of(const std::string& url) const {
    for (const host_file& each : files_)
      if (url.starts_with("ws://" + each.listen + "/rtm/"))
        return each.name;
    return url;
  }
  // The answer's body. `more`: headers, each with its line's end.
  std::string ask(std::size_t host, const std::string& what, const std::string& from,
                  const std::string& authorization, const std::string& more = {}) {
    client::endpoint to = where.at(host);
    to.from = from;
    client::http_client http(loop, to);
    std::string request = what + " HTTP/1.1\r\nHost: " + to.authority();
    request += "\r\nAuthorization: " + authorization + "\r\nContent-Length: 0\r\n";
    request += more + "\r\n";
    std::optional<std::string> body;
    http.send(request, [&](const client::http_response_view* response) {
      body = response ? std::string(response->body) : std::string();
    });
    REQUIRE(loop.run_until([&] { return body.has_value(); }, patience));
    return *body;
  }

  faults::zookeeper_servers* zookeeper_;
  client::scratch_folder folder_;
  std::vector<host_file> files_;
};

void tell_the_story(site& of) {
  INFO(of.logs());
  // By range, by database, by nothing; a and b know the same.
  CHECK(of.seen_soon(a, from_us, {"b", "c"}));
  CHECK(of.seen(a, from_eu) == names{"a"});
  CHECK(of.seen(b, from_eu) == names{"a"});
  CHECK(of.seen_soon(a, from_asia, {"b", "c"}));
  CHECK(of.seen(a, from_nowhere) == names{"a"});
  CHECK(of.seen(b, from_nowhere) == names{"b"});
  CHECK(of.seen(b, from_us) == names{"b"});  // who is at a good one already, stays
  // By the client's word, and a trusted proxy's, but nobody else's.
  const std::string for_us = "X-Forwarded-For: 203.0.113.1, " + from_us + "\r\n";
  CHECK(names{"b", "c"}.contains(of.sent(a, from_proxy, for_us)));
  CHECK(of.sent(a, from_eu, for_us) == "a");
  client::api_client at_b(of.loop, of.where[b], of.ann.token);
  const auto hinted = at_b.call("rtm.connect", {{"region", "eu"}}).at("url").as_string();
  CHECK(std::string_view(hinted).starts_with("ws://" + of.where[a].authority() + "/"));
  for (const std::string& from : {from_eu, from_us, from_asia, from_nowhere})
    CHECK(of.gets_there(a, from));

  const std::string row = of.row_of("b");
  CHECK_MESSAGE(row.find(" us ") != std::string::npos, row);
  CHECK_MESSAGE(row.ends_with('%'), row);

  // A host that comes back is named from when it takes clients on, not from when it is heard.
  of.end(b);
  CHECK(of.seen_soon(a, from_us, {"c"}));
  of.launch_again(b);
  REQUIRE(of.soon([&of] { return of.sent(a, from_us) == "b"; }));
  CHECK(client::api_client(of.loop, of.where[b]).try_get("/readyz").status == 200);
  of.settled();

  of.ring({"drain", "b"});
  CHECK(of.seen_soon(a, from_us, {"c"}));
  const auto said = [&of](const char* page) {
    return client::api_client(of.loop, of.where[b]).try_get(page);
  };
  CHECK(of.soon([&] { return said("/readyz").status == 503; }));  // for the proxy in front
  CHECK(of.soon([&] { return said("/healthz").status == 200; }));
  CHECK(of.seen_soon(b, from_us, {"c"}));

  // c is full, and nobody else is in the region.
  {
    std::vector<std::unique_ptr<client::api_client>> crowd;
    for (std::size_t i = 0; i + 1 < small_limit; ++i) {
      crowd.push_back(std::make_unique<client::api_client>(of.loop, of.where[c]));
      crowd.back()->try_get("/readyz");
    }
    CHECK(of.seen_soon(a, from_us, {"a"}));
    of.ring({"add", "b"});
    CHECK(of.seen_soon(a, from_us, {"b"}));
    CHECK(of.gets_there(a, from_us));
  }
  CHECK(of.seen_soon(a, from_us, {"b", "c"}));

  of.move(b, "eu");
  CHECK(of.seen_soon(a, from_us, {"c"}));
  CHECK(of.row_of("b").find(" eu ") != std::string::npos);
  CHECK(of.sent(c, from_eu) != "c");
  of.hosts[c]->kill_now();
  CHECK(of.seen_soon(a, from_us, {"a"}));

  const std::string page = of.metrics(a);
  for (const char* why : {"here", "region"}) {
    const std::string line = "carillon_gateways_named_total{why=\"" + std::string(why) + "\"} ";
    const auto at = page.find(line);
    REQUIRE_MESSAGE(at != std::string::npos, page);
    CHECK(page[at + line.size()] != '0');
  }
}

}  // namespace

TEST_CASE("discovery: hosts that list one another send a client to one near it that has room") {
  site of(nullptr);
  tell_the_story(of);
}

TEST_CASE("discovery: so do hosts that find one another in ZooKeeper") {
  if (!faults::zookeeper_servers::program()) {
    MESSAGE("SKIPPED: ZooKeeper is not installed (tools/setup --tests installs it)");
    return;
  }
  faults::zookeeper_servers zookeeper(1);
  site of(&zookeeper);
  tell_the_story(of);
}

TEST_CASE("discovery: a host whose database is missing does not start, and says so") {
  client::scratch_folder folder;
  client::host_process::options how;
  how.data = folder.path() + "/data";
  const std::string file = folder.path() + "/x.toml";
  std::ofstream(file) << "[discovery]\nmaxmind = \"" << folder.path()
                      << "/geo.mmdb\"\n[discovery.countries]\nUS = \"us\"\n";
  how.arguments = {"--config", file};
  client::host_process host(how);
  host.launch();
  const auto ended = host.wait_for_exit(patience);
  REQUIRE(ended);
  CHECK(ended->code == 1);
  const std::string said = host.log_text();
  CHECK_MESSAGE(said.find("geo.mmdb\": cannot be used: No such file") != std::string::npos, said);
}

}  // namespace carillon::testing
