#include "tools/bench/raw/raw_server.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/client/stream.hpp"

namespace carillon::bench {
namespace {

struct connection {
  int descriptor = -1;
  bool said_hello = false;
  bool is_poster = false;
  bool watched_for_room = false;
  bool dirty = false;  // has frames of this turn to be sent (coalesced)
  std::string unread;  // of a request that is not whole yet
  std::string pending; // what its socket would not take, or what waits for the turn's end
};

// A post of this turn that waits for its disk.
struct posted {
  raw_request_head head;
  connection* poster = nullptr;
};

class raw_loop {
public:
  explicit raw_loop(const raw_shape& shape)
      : shape_(shape), people_(shape.people, nullptr), frame_(shape.frame_bytes, 'x'),
        answer_(shape.answer_bytes, 'x') {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (!shape.journal.empty())
      journal_ = ::open(shape.journal.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
                        0600);
    if (epoll_ < 0 || (!shape.journal.empty() && journal_ < 0))
      throw client::client_error("the raw server cannot open what it needs");
    if (journal_ >= 0)
      ::unlink(shape.journal.c_str()); // it is on the disk until this process ends, and no longer
  }

  std::uint16_t listen();
  void run(); // until the standard input ends

private:
  void watch(int descriptor, std::uint32_t events, void* owner, int operation);
  void accept_all();
  void receive(connection& from);
  void take(connection& from, std::string_view bytes);
  void carry_out(const posted& post);
  void send(connection& to, std::string_view bytes);
  void flush(connection& to);
  void end_turn();

  const raw_shape& shape_;
  int epoll_ = -1;
  int listener_ = -1;
  int journal_ = -1;
  std::vector<std::unique_ptr<connection>> connections_;
  std::vector<connection*> people_;
  std::vector<connection*> dirty_;
  std::vector<posted> unsynced_;
  std::string batch_;
  std::string frame_;
  std::string answer_;
  std::array<char, 65'536> room_;
};

std::uint16_t raw_loop::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 4'096) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw client::client_error("the raw server cannot listen");
  watch(listener_, EPOLLIN, &listener_, EPOLL_CTL_ADD);
  watch(STDIN_FILENO, EPOLLIN, nullptr, EPOLL_CTL_ADD);
  return ntohs(address.sin_port);
}

void raw_loop::watch(int descriptor, std::uint32_t events, void* owner, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = owner;
  ::epoll_ctl(epoll_, operation, descriptor, &event);
}

void raw_loop::run() {
  std::array<epoll_event, 512> events;
  while (true) {
    int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (!event.data.ptr)
        return;
      if (event.data.ptr == &listener_) {
        accept_all();
        continue;
      }
      auto& one = *static_cast<connection*>(event.data.ptr);
      if (event.events & EPOLLOUT)
        flush(one);
      if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(one);
    }
    end_turn();
  }
}

void raw_loop::accept_all() {
  int yes = 1;
  for (int fresh; (fresh = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    ::setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connections_.push_back(std::make_unique<connection>());
    connections_.back()->descriptor = fresh;
    watch(fresh, EPOLLIN, connections_.back().get(), EPOLL_CTL_ADD);
  }
}

void raw_loop::receive(connection& from) {
  ssize_t got = ::recv(from.descriptor, room_.data(), room_.size(), 0);
  if (got <= 0) {
    // Kept until the end of this short life, so that nothing points to what is gone.
    if (got == 0 || errno != EAGAIN)
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, from.descriptor, nullptr);
    return;
  }
  std::string_view bytes(room_.data(), static_cast<std::size_t>(got));
  if (from.unread.empty())
    return take(from, bytes);
  std::string joined = std::move(from.unread);
  from.unread.clear();
  take(from, joined.append(bytes));
}

void raw_loop::take(connection& from, std::string_view bytes) {
  if (!from.said_hello) {
    if (bytes.size() < raw_hello_bytes) {
      from.unread.assign(bytes);
      return;
    }
    std::uint32_t who = 0;
    std::memcpy(&who, bytes.data(), sizeof who);
    bytes.remove_prefix(raw_hello_bytes);
    from.said_hello = true;
    from.is_poster = who == raw_poster;
    if (!from.is_poster && who < people_.size())
      people_[who] = &from;
    // Said back, so that the other end knows when all are there.
    send(from, raw_hello(who));
  }
  while (bytes.size() >= shape_.request_bytes) {
    posted post{read_raw_request(bytes.data()), &from};
    if (journal_ >= 0) {
      batch_.append(bytes.substr(0, shape_.request_bytes));
      unsynced_.push_back(post);
    } else {
      carry_out(post);
    }
    bytes.remove_prefix(shape_.request_bytes);
  }
  from.unread.assign(bytes);
}

void raw_loop::carry_out(const posted& post) {
  std::memcpy(frame_.data(), &post.head.stamp, sizeof post.head.stamp);
  for (std::size_t i = 0; i < shape_.members; ++i)
    if (connection* member = people_[person_of(post.head.group, i, shape_.members, people_.size())])
      send(*member, frame_);
  if (!answer_.empty())
    send(*post.poster, answer_);
}

void raw_loop::send(connection& to, std::string_view bytes) {
  if (shape_.coalesced || !to.pending.empty()) {
    to.pending.append(bytes);
    if (shape_.coalesced && !std::exchange(to.dirty, true))
      dirty_.push_back(&to);
    return;
  }
  ssize_t sent = ::send(to.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  if (taken < bytes.size()) {
    to.pending.assign(bytes.substr(taken));
    flush(to);
  }
}

void raw_loop::flush(connection& to) {
  ssize_t sent = ::send(to.descriptor, to.pending.data(), to.pending.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN)
    to.pending.clear(); // it is gone
  else if (sent > 0)
    to.pending.erase(0, static_cast<std::size_t>(sent));
  bool wants_room = !to.pending.empty();
  if (std::exchange(to.watched_for_room, wants_room) != wants_room)
    watch(to.descriptor, EPOLLIN | (wants_room ? EPOLLOUT : 0u), &to, EPOLL_CTL_MOD);
}

void raw_loop::end_turn() {
  if (!batch_.empty()) {
    if (::write(journal_, batch_.data(), batch_.size()) != static_cast<ssize_t>(batch_.size()) ||
        ::fdatasync(journal_) != 0)
      throw client::client_error("the raw server cannot write its journal");
    batch_.clear();
    for (const posted& post : unsynced_)
      carry_out(post);
    unsynced_.clear();
  }
  for (connection* one : dirty_) {
    one->dirty = false;
    if (!one->watched_for_room)
      flush(*one);
  }
  dirty_.clear();
}

} // namespace

int serve_raw(const raw_shape& shape, const std::function<void(std::uint16_t)>& listening) {
  raw_loop loop(shape);
  listening(loop.listen());
  loop.run();
  return 0; // the process ends now, and with it what it opened
}

std::vector<std::string> arguments_of(const raw_shape& shape) {
  std::vector<std::string> words{"bench", "raw-server"};
  auto add = [&](const char* name, std::size_t value) {
    words.emplace_back(name);
    words.push_back(std::to_string(value));
  };
  add("--people", shape.people);
  add("--groups", shape.groups);
  add("--members", shape.members);
  add("--request-bytes", shape.request_bytes);
  add("--frame-bytes", shape.frame_bytes);
  add("--answer-bytes", shape.answer_bytes);
  if (shape.coalesced)
    words.emplace_back("--coalesced");
  if (!shape.journal.empty())
    words.insert(words.end(), {"--journal", shape.journal});
  return words;
}

} // namespace carillon::bench
