#include "runtime/edge/server.hpp"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include "runtime/base/ensure.hpp"
#include "runtime/edge/io_thread.hpp"
#include "runtime/edge/listener.hpp"

namespace carillon::edge {

namespace {

constexpr int index_shift = 48;  // of the I/O thread in a connection_id

}  // namespace

struct server::threads {
  threads(const server_options& options, gateway& knock)
      : limits(options.limits), budget(limits.outbound_total_max_bytes) {
    for (std::uint32_t i = 0; i < options.io_threads; ++i)
      all.push_back(std::make_unique<io_thread>(static_cast<std::uint16_t>(i), limits, knock, budget));
  }

  // The command reaches the thread that has the connection, if there is such a thread.
  void push(connection_id who, command c) {
    const std::size_t index = who >> index_shift;
    if (index < all.size())
      all[index]->commands()->push(std::move(c));
  }

  edge_limits limits;
  outbound_budget budget;
  std::vector<std::unique_ptr<io_thread>> all;
  std::optional<listener> door;  // after the threads: its acceptor lives in the first one's context
  bool running = false;
};

std::uint32_t resolve_io_threads(std::uint32_t setting) {
  return setting != 0 ? setting : std::max(1u, std::thread::hardware_concurrency() / 2);
}

std::uint32_t connections_possible(std::uint32_t wanted, std::uint64_t descriptors) {
  constexpr std::uint64_t others = 256;  // files, databases, pipes
  const std::uint64_t left = descriptors > others ? descriptors - others : 1;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, left));
}

std::uint32_t connections_possible(std::uint32_t wanted) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? connections_possible(wanted, limit.rlim_max)
                                                 : wanted;
}

server::server(server_options options, gateway& knock) : options_(std::move(options)) {
  ENSURE(options_.io_threads >= 1 && options_.io_threads <= 0xffff,
         "the I/O thread's number fits into a connection id");
  threads_ = std::make_unique<threads>(options_, knock);
}

server::~server() {
  shutdown(std::chrono::milliseconds(0));
}

void server::tell_of_ends(const ended_then& then) {
  ENSURE(!threads_->door, "whoever hears of ends is there before they begin");
  for (const auto& t : threads_->all)
    t->tell_of_ends(then);
}

void server::ask_for_missed(const missed_then& then) {
  ENSURE(!threads_->door, "whoever is asked is there before there is something to miss");
  for (const auto& t : threads_->all)
    t->ask_for_missed(then);
}

result<std::uint16_t> server::start() {
  ENSURE(!threads_->door, "a server is started once");
  std::vector<io_thread*> all;
  for (const auto& t : threads_->all)
    all.push_back(t.get());
  threads_->door.emplace(std::move(all), threads_->limits);
  auto port = threads_->door->open(options_.listen);
  if (!port)
    return port;
  for (const auto& t : threads_->all)
    t->start();
  threads_->running = true;
  return port;
}

void server::shutdown(std::chrono::milliseconds deadline) {
  if (!std::exchange(threads_->running, false))
    return;
  threads_->door->close();
  for (const auto& t : threads_->all)
    t->commands()->push(stop_command{deadline});
  for (const auto& t : threads_->all)
    t->join();
}

edge_counters server::counters() const {
  edge_counters sum;
  for (const auto& t : threads_->all)
    std::as_const(*t).counters().add_to(sum);
  return sum;
}

void server::look(const std::vector<connection_id>& only, std::size_t most,
                  const pictures_then& then) const {
  for (const auto& t : threads_->all)
    t->commands()->push(look_command{only, most, then});
}

void server::send(connection_id to, frame_ptr what, send_class how) {
  threads_->push(to, send_command{to, std::move(what), how});
}

void server::subscribe(connection_id who, topic_id topic) {
  threads_->push(who, subscribe_command{who, topic});
}

void server::unsubscribe(connection_id who, topic_id topic) {
  threads_->push(who, unsubscribe_command{who, topic});
}

void server::publish(topic_id topic, frame_ptr what, send_class how, connection_id except) {
  for (const auto& t : threads_->all)
    t->commands()->push(publish_command{topic, what, how, except});
}

void server::close(connection_id who, std::uint16_t code, std::string_view reason) {
  threads_->push(who, close_command{who, code, std::string(reason)});
}

void server::nudge() {
  for (const auto& t : threads_->all)
    t->commands()->nudge();
}

}  // namespace carillon::edge
