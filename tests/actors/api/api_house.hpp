// The Web API with everything around it: a real directory in a folder of its own, a real message
// store in memory, and a slot whose channels and users are short scripts of the test. CAF's test
// scheduler runs it all on one thread, so a call has its answer when call() returns.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "actors/api/api_actor.hpp"
#include "actors/ask.hpp"
#include "actors/rate_limits.hpp"
#include "storage/credentials.hpp"
#include "storage/directory.hpp"
#include "storage/memory_kv.hpp"

namespace carillon::test {

inline const std::string host_admin = "the-host-admin-token";

inline std::string id(char kind, std::uint64_t number) {
  return entity_id{kind, number}.text();
}

using fields = std::vector<std::pair<std::string, std::string>>;

struct reply_seen {
  int status = 0;
  boost::json::object body;
  std::vector<std::pair<std::string, std::string>> headers;

  bool ok() const { return body.at("ok").as_bool(); }
  std::string text(const char* key) const { return std::string(body.at(key).as_string()); }
  std::string error() const { return body.contains("error") ? text("error") : ""; }
  const boost::json::object& object(const char* key) const { return body.at(key).as_object(); }
  const boost::json::array& array(const char* key) const { return body.at(key).as_array(); }
  std::string header(const std::string& name) const {
    for (const auto& [key, value] : headers)
      if (key == name)
        return value;
    return {};
  }
};

// Boost.JSON compares a value with literals, but not with std::string.
inline boost::json::value json_text(const std::string& text) {
  return boost::json::string(text);
}

struct person {
  std::string token;
  std::string id;
  std::string team;
};

class api_house {
public:
  api_house() {
    REQUIRE(storage::start_credentials());
    host.config.directory.password_ops = 1;
    host.config.directory.password_memory_mb = 1;
    host.secret_key = std::string(32, 'k');
    host.port = 8080;
    host.now = [this] { return now; };
    host.messages = &messages;
    host.admin_token_hash = storage::token_hash(host_admin);
    host.end_sessions_of_token = [this](const std::string& hash) { ended_tokens.push_back(hash); };
    host.end_sessions_of_user = [this](entity_id user) { ended_users.push_back(user.text()); };
    directory = open_directory();
    host.directory = system_->spawn(play_directory, this);
    host.slots = {system_->spawn(play_slot, this)};
    host.hub = system_->spawn(play_hub, this);
    host.readers = {system_->spawn(play_reader, this)};
    host.hasher = system_->spawn(play_hasher);
    restart_api();
    channel = [](const wire::channel_request& request) {
      wire::channel_reply reply;
      reply.set_is_member(true);
      reply.mutable_facts()->set_id(request.channel_id());
      reply.mutable_facts()->set_kind(wire::CHANNEL_PUBLIC);
      return reply;
    };
    user = [](const wire::user_request&) { return wire::user_reply(); };
  }

  ~api_house() {
    for (auto& actor : {host.directory, host.slots.front(), host.hub, host.readers.front(),
                        host.hasher, api_})
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
    system_.reset();
    directory.reset();
    std::filesystem::remove_all(folder_);
  }

  caf::actor api() const { return api_; }
  // One more actor of this host.
  template <class Behavior>
  caf::actor spawn(Behavior behavior) {
    return system_->spawn(std::move(behavior));
  }

  // A new actor, which reads the settings again.
  void restart_api() {
    if (api_)
      caf::anon_send_exit(api_, caf::exit_reason::kill);
    run();
    rates.emplace(host.config.limits);
    host.rates = &*rates;
    api_ = spawn_api(*system_, host, 1).front();
    run();
  }

  // As the SDKs do: a POST with a form, the token in the header.
  reply_seen call(const std::string& method, const fields& form, const std::string& token = {}) {
    edge::http_request request;
    request.method = "POST";
    request.path = "/api/" + method;
    request.host = "chat.example.org";
    request.content_type = "application/x-www-form-urlencoded";
    if (!token.empty())
      request.authorization = "Bearer " + token;
    for (const auto& [name, value] : form)
      request.body += encoded(name) + '=' + encoded(value) + '&';
    return send(std::move(request));
  }

  reply_seen send(edge::http_request request) {
    auto place = std::make_shared<std::optional<edge::http_response>>();
    caf::anon_send(api_, api_call{std::move(request), [place](edge::http_response answer) {
                                    CHECK_FALSE(place->has_value());
                                    *place = std::move(answer);
                                  }});
    run();
    REQUIRE(place->has_value());
    CHECK((*place)->body.find('\n') == std::string::npos);
    return {(*place)->status, boost::json::parse((*place)->body).as_object(), (*place)->headers};
  }

  person sign_up(const std::string& name, const std::string& team = {}) {
    reply_seen in = call("carillon.signup", {{"team", team},
                                             {"name", name},
                                             {"email", name + "@example.org"},
                                             {"password", "correct horse"}});
    REQUIRE(in.ok());
    return {in.text("token"), in.text("user_id"), in.text("team_id")};
  }

  void run() {
    while (scheduler().try_run_once()) {
    }
  }
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  }

  // Writes a channel's facts where listings read them.
  void store(const wire::channel_facts& facts) {
    wire::slot_command command;
    command.mutable_channel()->set_channel_id(facts.id());
    *command.mutable_channel()->mutable_facts() = facts;
    auto batch = kv.make_batch();
    storage::apply_command(*batch, 0, command);
    REQUIRE(kv.write(*batch, false));
  }

  storage::memory_kv kv;
  storage::message_store messages{kv, 1};
  host_services host;
  std::optional<rate_limits> rates;  // as the settings were when the actor was made
  timestamp now = 1'700'000'000'000'000;
  std::unique_ptr<storage::directory> directory;

  // The scripts, and what they saw.
  std::function<wire::channel_reply(const wire::channel_request&)> channel;
  std::function<wire::user_reply(const wire::user_request&)> user;
  std::vector<wire::channel_request> channel_asked;
  std::vector<wire::user_request> user_asked;
  std::vector<notification> notices;
  std::vector<std::string> ended_tokens;
  std::vector<std::string> ended_users;
  std::size_t directory_jobs = 0;

  const wire::channel_request& last_asked() const {
    REQUIRE_FALSE(channel_asked.empty());
    return channel_asked.back();
  }

private:
  static std::string encoded(const std::string& text) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (unsigned char c : text) {
      if (std::isalnum(c)) {
        out += static_cast<char>(c);
        continue;
      }
      out += '%';
      out += hex[c >> 4];
      out += hex[c & 15];
    }
    return out;
  }

  std::unique_ptr<storage::directory> open_directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "carillon-api-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    folder_ = pattern;
    storage::directory::founding first{"carillon", {id_kind::team, 1}, {id_kind::channel, 1}, now};
    auto opened = storage::directory::open((folder_ / "directory.db").string(), first);
    REQUIRE(opened);
    return std::move(*opened);
  }

  static caf::behavior play_directory(caf::event_based_actor*, api_house* house) {
    return {[house](directory_job& job) {
              ++house->directory_jobs;
              job.work(*house->directory);
              return caf::unit;
            },
            [house](directory_read_job& job) {
              ++house->directory_jobs;
              job.work(*house->directory);
              return caf::unit;
            }};
  }
  static caf::behavior play_reader(caf::event_based_actor*, api_house* house) {
    return {[house](reader_job& job) {
      job.work(house->messages);
      return caf::unit;
    }};
  }
  static caf::behavior play_hasher(caf::event_based_actor*) {
    return {[](hash_job& job) {
      job.work();
      return caf::unit;
    }};
  }
  static caf::behavior play_slot(caf::event_based_actor*, api_house* house) {
    return {
        [house](const channel_request_box& request) {
          house->channel_asked.push_back(*request);
          return channel_reply_box(house->channel(*request));
        },
        [house](const user_request_box& request) {
          house->user_asked.push_back(*request);
          return user_reply_box(house->user(*request));
        },
    };
  }
  static caf::behavior play_hub(caf::event_based_actor*, api_house* house) {
    return {[house](const notification& notice) { house->notices.push_back(notice); }};
  }

  struct test_config : caf::actor_system_config {
    test_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  std::filesystem::path folder_;
  test_config config_;
  std::unique_ptr<caf::actor_system> system_ = std::make_unique<caf::actor_system>(config_);
  caf::actor api_;
};

}  // namespace carillon::test
