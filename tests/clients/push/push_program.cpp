// A sender of pushes as a program, for tests that speak the providers' protocols themselves.
// usage: push_program SETTING...   each as --set takes it: push.apns.topic=org.example
//        push_program --certs DIR  a CA and a certificate for "localhost" in it
// Reads one JSON object a line: {"n":1,"via":"apns","token":"...","title":"...",...} is sent; {"stop":MS}
// stops with so much grace. Writes {"ready":true,...}, then one line for each outcome, and {"stopped":true}.
#include <csignal>
#include <iostream>
#include <mutex>
#include <string>

#include <boost/json.hpp>

#include "config/load.hpp"
#include "runtime/push/sender.hpp"
#include "tools/certs/certs.hpp"

namespace {

using namespace carillon;
namespace json = boost::json;

void write_line(const json::object& line) {
  static std::mutex one_at_a_time;
  std::lock_guard hold(one_at_a_time);
  std::cout << json::serialize(line) << std::endl;
}

std::string text(const json::object& in, const char* key) {
  const auto* found = in.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

push::push_message read_message(const json::object& in) {
  push::push_message out;
  const auto via = push::provider_named(text(in, "via"));
  ENSURE(via.has_value(), "the test names a provider");
  out.to = {*via, text(in, "token"), text(in, "p256dh"), text(in, "auth")};
  out.user = text(in, "user");
  out.title = text(in, "title");
  out.body = text(in, "body");
  if (const auto* badge = in.if_contains("badge"))
    out.badge = badge->to_number<std::uint32_t>();
  out.collapse_id = text(in, "collapse_id");
  out.clear = in.contains("clear");
  out.channel = text(in, "channel");
  out.ts = text(in, "ts");
  return out;
}

void send(push::sender& through, const json::object& in) {
  const json::value number = in.at("n");
  const bool taken = through.send(read_message(in), [number](push::push_outcome how) {
    write_line({{"n", number},
                {"fate", std::string(to_string(how.fate))},
                {"reason", how.reason},
                {"status", how.status},
                {"retry_after", how.retry_after.count()},
                {"dead_since", how.dead_since},
                {"provider_id", how.provider_id},
                {"took", how.took.count()}});
  });
  if (!taken)
    write_line({{"n", number}, {"fate", "no_room"}});
}

int serve(push::sender& through) {
  json::object ready{{"ready", true}, {"vapid", through.vapid_public_key()}};
  for (auto via : {push::provider::apns, push::provider::fcm, push::provider::web_push, push::provider::webhook})
    ready[std::string(to_string(via))] = through.speaks(via);
  write_line(ready);
  std::chrono::milliseconds grace{0};
  for (std::string line; std::getline(std::cin, line);) {
    const json::object in = json::parse(line).as_object();
    if (const auto* stop = in.if_contains("stop")) {
      grace = std::chrono::milliseconds(stop->to_number<int>());
      break;
    }
    send(through, in);
  }
  through.stop(grace);
  write_line({{"stopped", true}});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  settings_sources sources;
  sources.set.assign(argv + 1, argv + argc);
  if (argc == 3 && sources.set[0] == "--certs") {
    auto made = certs::make_certificates({{"localhost"}, sources.set[1]});
    if (!made)
      std::cerr << made.error().detail << "\n";
    return made ? 0 : 1;
  }
  auto config = load_settings(sources);
  if (!config) {
    std::cerr << config.error().detail << "\n";
    return 2;
  }
  auto through = push::sender::start(config->push);
  if (!through) {
    std::cerr << through.error().detail << "\n";
    return 2;
  }
  return serve(**through);
}
