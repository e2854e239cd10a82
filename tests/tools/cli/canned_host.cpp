#include "tests/tools/cli/canned_host.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/ensure.hpp"

namespace carillon::test {
namespace {

// Bytes of the body that the head announces.
std::size_t announced(const std::string& head) {
  std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

std::string receive_request(int connection) {
  std::string request;
  char buffer[4096];
  for (;;) {
    std::size_t end = request.find("\r\n\r\n");
    if (end != std::string::npos && request.size() >= end + 4 + announced(request))
      return request;
    ssize_t count = ::recv(connection, buffer, sizeof buffer, 0);
    if (count <= 0)
      return request;
    request.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

canned_host::canned_host(std::vector<std::string> answers) : answers_(std::move(answers)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* address = reinterpret_cast<sockaddr*>(&where);
  ENSURE(::bind(listener_, address, size) == 0 && ::listen(listener_, 8) == 0 &&
             ::getsockname(listener_, address, &size) == 0,
         "a test can listen on a free port");
  port_ = ntohs(where.sin_port);
  thread_ = std::thread([this] { serve(); });
}

canned_host::~canned_host() {
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept() when a test asked less than it prepared
  if (thread_.joinable())
    thread_.join();
  ::close(listener_);
}

const std::vector<std::string>& canned_host::requests() {
  if (thread_.joinable())
    thread_.join();
  return requests_;
}

void canned_host::serve() {
  for (const std::string& answer : answers_) {
    int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0)
      return;
    requests_.push_back(receive_request(connection));
    std::string reply = "HTTP/1.1 " + std::to_string(status_.load()) +
                        " OK\r\nContent-Type: application/json\r\nContent-Length: " +
                        std::to_string(answer.size()) + "\r\n\r\n" + answer;
    if (::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) < 0)
      requests_.push_back("the answer was not taken");
    ::close(connection);
  }
}

}  // namespace carillon::test
