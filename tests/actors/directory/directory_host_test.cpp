// A host's directory with its real threads and files, and a meta group that is one actor: it
// commits for every host when told to. What is shared by hosts, who waits for whom, and who hears
// of what.
#include <future>
#include <mutex>

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include "actors/ask.hpp"
#include "actors/directory/directory_host.hpp"
#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/directory_homes/folder.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

constexpr std::chrono::seconds long_enough{30};

// The state of the meta group, touched by its actor and by tests.
struct meta_script {
  std::mutex lock;
  bool majority = true;  // false: commands wait for an answer that does not come
  std::vector<directory_commit> log;
  std::vector<directory_host*> hosts;
  std::vector<raft::log_index> applied;  // directory_applied, in the order it came
  std::vector<caf::response_promise> unanswered;
};

caf::behavior play_meta(caf::event_based_actor* self, meta_script* script) {
  return {
      [self, script](commit_directory& what) -> caf::result<directory_outcome> {
        std::lock_guard hold(script->lock);
        if (!script->majority) {
          script->unanswered.push_back(self->make_response_promise());
          return caf::delegated<directory_outcome>();
        }
        script->log.push_back({script->log.size() + 1, std::move(what.command)});
        for (directory_host* host : script->hosts)
          host->take({script->log.back()});
        return directory_outcome{script->log.back().index};
      },
      [script](const directory_applied& done) {
        std::lock_guard hold(script->lock);
        script->applied.push_back(done.index);
      },
  };
}

struct test_host {
  test_host(caf::actor_system& system, const std::string& file, const caf::actor& meta)
      : system_(system) {
    services.config.directory.password_ops = 1;
    services.config.edge.request_deadline_ms = 10'000;
    services.meta = meta;
    services.end_sessions_of_token = [this](const std::string& hash) { heard("end " + hash); };
    services.end_sessions_of_user = [this](entity_id user) { heard("end " + user.text()); };
    services.forget_token = [this](const std::string& hash) { heard("forget " + hash); };
    services.forget_user = [this](entity_id user) { heard("forget " + user.text()); };
    auto opened = directory_host::open(services, file);
    REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().describe()));
    directory = std::move(*opened);
  }
  ~test_host() {
    for (const caf::actor& each : {services.directory, services.hasher})
      if (each)
        caf::anon_send_exit(each, caf::exit_reason::kill);
    directory->close();
  }
  void heard(std::string what) {
    std::lock_guard hold(lock);
    notes.push_back(std::move(what));
  }
  std::vector<std::string> heard_so_far() {
    std::lock_guard hold(lock);
    return notes;
  }
  void start() { REQUIRE(directory->start(system_, services)); }

  // Asks as an actor would, and waits for the answer.
  template <class Work>
  auto ask(Work work) {
    return ask_later(std::move(work)).get();
  }
  template <class Work>
  auto ask_later(Work work) {
    using answer = decltype(work(std::declval<storage::directory&>()));
    auto promise = std::make_shared<std::promise<answer>>();
    system_.spawn([this, work, promise](caf::event_based_actor* self) {
      ask_directory(self, services, work,
                    [promise](answer got) { promise->set_value(std::move(got)); });
    });
    return promise->get_future();
  }

  host_services services;
  std::unique_ptr<directory_host> directory;

private:
  caf::actor_system& system_;
  std::mutex lock;
  std::vector<std::string> notes;
};

struct two_hosts {
  two_hosts() {
    a = std::make_unique<test_host>(system, folder.file("a"), meta);
    b = std::make_unique<test_host>(system, folder.file("b"), meta);
    script.hosts = {a->directory.get(), b->directory.get()};
    a->start();
    b->start();
  }
  ~two_hosts() {
    a.reset();
    b.reset();
    caf::anon_send_exit(meta, caf::exit_reason::kill);
    system.await_all_actors_done();
  }
  directory_host::secrets found_on(test_host& host, const std::string& proposal) {
    auto done = host.directory->found(system, {proposal, proposal + " token"}, long_enough);
    REQUIRE_MESSAGE(done, (done ? std::string() : done.error().describe()));
    return *done;
  }

  test_folder folder;
  caf::actor_system_config config;
  caf::actor_system system{config};
  meta_script script;
  caf::actor meta = system.spawn(play_meta, &script);
  std::unique_ptr<test_host> a, b;
};

auto add(std::uint64_t n, const std::string& name) {
  return [row = directory_fixture::person(n, name)](storage::directory& directory) -> status {
    auto team = directory.default_team();
    if (!team)
      return team.error();
    auto mine = row;
    mine.team = team->id;
    return directory.add_user(mine, "hash");
  };
}

auto count_users() {
  return [](const storage::directory& directory) -> result<std::uint64_t> {
    auto team = directory.default_team();
    if (!team)
      return team.error();
    return directory.count_users(team->id);
  };
}

template <class Condition>
bool soon(Condition condition) {
  const tick_time deadline = steady_now() + long_enough;
  while (!condition() && steady_now() < deadline)
    std::this_thread::yield();
  return condition();
}

}  // namespace

TEST_CASE(
    "directory host: hosts that are founded at the same time have the same secrets and team") {
  two_hosts two;
  const std::string here(32, 'a'), there(32, 'b');
  auto other = std::async(std::launch::async, [&] { return two.found_on(*two.b, there); });
  auto mine = two.found_on(*two.a, here);
  auto theirs = other.get();
  CHECK(mine.key == theirs.key);
  CHECK(mine.admin_token == theirs.admin_token);
  CHECK((mine.key == here || mine.key == there));
  CHECK(mine.admin_token == mine.key + " token");
  auto team = [](const storage::directory& directory) { return directory.default_team(); };
  CHECK(two.a->ask(team)->id == two.b->ask(team)->id);
  CHECK(two.a->ask(team)->general == two.b->ask(team)->general);
}

TEST_CASE("directory host: a host that has the secrets from before needs no majority to start") {
  two_hosts two;
  auto first = two.found_on(*two.a, std::string(32, 'a'));
  {
    std::lock_guard hold(two.script.lock);
    two.script.majority = false;
  }
  CHECK(two.found_on(*two.a, std::string(32, 'x')).key == first.key);
  CHECK(soon([&] { return two.b->directory->applied() > 0; }));
  CHECK(two.found_on(*two.b, std::string(32, 'x')).key == first.key);
}

TEST_CASE("directory host: who changes something reads it at once, the other hosts soon") {
  two_hosts two;
  two.found_on(*two.a, "key");
  for (std::uint64_t n = 1; n <= 20; ++n) {
    REQUIRE(two.a->ask(add(n, "u" + std::to_string(n))));
    REQUIRE(*two.a->ask(count_users()) == n);
  }
  CHECK(soon([&] { return *two.b->ask(count_users()) == 20; }));
  CHECK(two.b->ask(add(21, "u7")).code() == errc::email_taken);
  std::lock_guard hold(two.script.lock);
  CHECK_FALSE(two.script.applied.empty());
}

TEST_CASE("directory host: without a majority changes end in time, and looking up does not wait") {
  two_hosts two;
  two.found_on(*two.a, "key");
  {
    std::lock_guard hold(two.script.lock);
    two.script.majority = false;
  }
  two.a->services.config.edge.request_deadline_ms = 300;
  std::vector<std::future<status>> changes;
  for (std::uint64_t n = 1; n <= 12; ++n)  // three for each writer
    changes.push_back(two.a->ask_later(add(n, "u" + std::to_string(n))));
  for (int i = 0; i < 20; ++i)
    CHECK(*two.a->ask(count_users()) == 0);
  const tick_time asked = steady_now();
  for (auto& change : changes)
    CHECK(change.get().code() == errc::timed_out);
  // Those that waited for their turn ended with those that had it.
  CHECK(steady_now() - asked < std::chrono::seconds(5));
}

TEST_CASE("directory host: every host ends sessions and forgets, once its hooks are ready") {
  two_hosts two;
  two.found_on(*two.a, "key");
  REQUIRE(two.a->ask(add(1, "anna")));
  const std::string user = user_id(1).text();
  auto disable = [](storage::directory& directory) {
    return directory.set_disabled(user_id(1), true, 1);
  };
  REQUIRE(two.a->ask(disable));
  // An index is told after the events up to it, so both hosts are through with this change.
  const raft::log_index disabled_at = [&] {
    std::lock_guard hold(two.script.lock);
    return two.script.log.back().index;
  }();
  for (const auto* host : {two.a.get(), two.b.get()})
    REQUIRE(soon([&] { return host->directory->applied() >= disabled_at; }));
  CHECK(two.a->heard_so_far().empty());
  two.a->directory->start_events();
  two.b->directory->start_events();
  REQUIRE(two.a->ask(disable));
  const std::vector<std::string> expected{"forget " + user, "end " + user};
  CHECK(two.a->heard_so_far() == expected);  // before whoever changed it is answered
  CHECK(soon([&] { return two.b->heard_so_far() == expected; }));
}

TEST_CASE("directory host: a job that throws is refused, and its worker goes on") {
  two_hosts two;
  two.found_on(*two.a, "key");
  for (int i = 0; i < 8; ++i) {
    auto read = two.a->ask(
        [](const storage::directory&) -> status { throw std::runtime_error("unexpected"); });
    CHECK(read.code() == errc::internal_error);
    auto write =
        two.a->ask([](storage::directory&) -> status { throw std::runtime_error("unexpected"); });
    CHECK(write.code() == errc::internal_error);
  }
  CHECK(two.a->ask(add(1, "anna")));
}
