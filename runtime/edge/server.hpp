// The edge of a host: one port, HTTP/1.1, WebSockets, event streams, a few I/O threads. It calls the gateway and
// is the gateway's outbox. No Boost header comes with this one.
//
//   edge::server server({.listen = "127.0.0.1:0", .io_threads = 1, .limits = settings.edge},
//   knock); auto port = server.start();   // result<uint16_t>
//   ...
//   server.shutdown(5s);
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "runtime/base/result.hpp"
#include "runtime/edge/catch_up.hpp"
#include "runtime/edge/counters.hpp"
#include "runtime/edge/gateway.hpp"
#include "runtime/edge/pictures.hpp"

namespace carillon::edge {

struct server_options {
  std::string listen;            // "HOST:PORT", "[V6]:PORT"; port 0: any free one
  std::uint32_t io_threads = 1;  // at least 1: see resolve_io_threads()
  settings::edge_settings limits;
};

// The setting's 0 means half of the cores, at least 1.
std::uint32_t resolve_io_threads(std::uint32_t setting);

// How many of the `wanted` connections there can be with so many descriptors; at least 1. Some are for
// files, databases and other hosts.
std::uint32_t connections_possible(std::uint32_t wanted, std::uint64_t descriptors);
// ... with what the system grants this process.
std::uint32_t connections_possible(std::uint32_t wanted);

class server final : public outbox {
public:
  // `knock` must outlive the server. It may be called as soon as start() is.
  server(server_options options, gateway& knock);
  ~server() override;  // shutdown() without patience

  // Whom WebSockets that end are told to, by all I/O threads. Before start().
  void tell_of_ends(const ended_then& then);

  // Whom the I/O threads ask for what slow clients have missed. Before start().
  void ask_for_missed(const missed_then& then);

  // Listens and starts the threads; returns the port. Fails with invalid_config (the address does
  // not parse) or io_error (it cannot be bound). Once.
  result<std::uint16_t> start();

  // Accepts nobody new, closes WebSockets and event streams with 1001, lets requests in work be answered, and cuts
  // what is left after `deadline`. Returns when every on_close was called and the threads have
  // ended. Never from a call of the gateway; a second call does nothing. The outbox ignores all
  // commands afterwards.
  void shutdown(std::chrono::milliseconds deadline);

  // Any thread.
  edge_counters counters() const;

  // Any thread. `then` is called once per I/O thread, on it, with what is there of the named
  // connections; none named: with the `most` of that thread that wait longest. Not called after
  // shutdown().
  void look(const std::vector<connection_id>& only, std::size_t most, const pictures_then& then) const;
  std::size_t io_threads() const { return options_.io_threads; }

  // -- outbox: any thread --
  void send(connection_id to, frame_ptr what, send_class how = send_class::durable) override;
  void subscribe(connection_id who, topic_id topic) override;
  void unsubscribe(connection_id who, topic_id topic) override;
  void publish(topic_id topic, frame_ptr what, send_class how = send_class::durable,
               connection_id except = 0) override;
  void close(connection_id who, std::uint16_t code, std::string_view reason) override;
  void nudge() override;

private:
  struct threads;
  const server_options options_;
  std::unique_ptr<threads> threads_;
};

}  // namespace carillon::edge
