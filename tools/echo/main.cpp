// carillon_echo: says back what it hears, through the WebSocket layer of the host. For conformance
// suites and for our own tests of RFC 6455. Text comes back as text, binary as binary, up to 16 MB.
//
//   carillon_echo --port 9001
//   listening on 127.0.0.1:9001
#include <csignal>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "runtime/edge/server.hpp"

namespace {

using namespace carillon;

class echo_gateway final : public edge::gateway {
public:
  void speak_through(edge::outbox& out) { out_ = &out; }

  void on_request(edge::http_request request, edge::responder answer) override {
    if (request.method != "GET" && request.method != "HEAD" && request.method != "POST")
      return answer(error_response(405, "GET or POST"));
    edge::http_response response;
    response.content_type = "text/plain; charset=utf-8";
    response.body = request.body.empty() ? "a WebSocket echo server\n" : std::move(request.body);
    answer(std::move(response));
  }

  bool on_upgrade(const edge::http_request&, std::shared_ptr<void>&,
                  edge::http_response&) override {
    return true;
  }
  void on_open(edge::connection_id, std::shared_ptr<void>) override {}
  void on_close(edge::connection_id, std::uint16_t) override {}

  void on_message(edge::connection_id from, std::string payload, bool is_text) override {
    out_->send(from, is_text ? edge::make_text_frame(std::move(payload))
                             : edge::make_binary_frame(std::move(payload)));
  }

  edge::http_response error_response(int status, std::string_view reason) override {
    return {status, "text/plain; charset=utf-8", std::string(reason) + "\n", {}};
  }

private:
  edge::outbox* out_ = nullptr;
};

constexpr std::uint32_t message_max_bytes = 16 * 1'024 * 1'024;

settings::edge_settings echo_limits() {
  settings::edge_settings limits;
  limits.frame_in_max_bytes = message_max_bytes;
  limits.body_max_bytes = message_max_bytes;
  // Room for a few of the largest messages on their way back.
  limits.outbound_queue_max_bytes = 8 * message_max_bytes;
  return limits;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("WebSocket echo server");
  std::uint16_t port = 0;
  std::string listen;
  app.add_option("--port", port, "port on 127.0.0.1; 0: any free one");
  app.add_option("--listen", listen, "HOST:PORT, instead of --port");
  CLI11_PARSE(app, argc, argv);
  if (listen.empty())
    listen = "127.0.0.1:" + std::to_string(port);

  // Blocked before the I/O threads start, so that they inherit it and the signals wait for us.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  echo_gateway gateway;
  edge::server server({listen, edge::resolve_io_threads(0), echo_limits()}, gateway);
  gateway.speak_through(server);
  auto bound = server.start();
  if (!bound) {
    std::fprintf(stderr, "%s\n", bound.error().describe().c_str());
    return 1;
  }
  std::printf("listening on %s:%u\n", listen.substr(0, listen.rfind(':')).c_str(), *bound);
  std::fflush(stdout);

  int received = 0;
  sigwait(&signals, &received);
  server.shutdown(std::chrono::seconds(2));
  return 0;
}
