#include "runtime/coordination/zookeeper_session.hpp"

#include <cerrno>
#include <cstring>

#include <zookeeper/zookeeper.h>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"

namespace carillon::zookeeper {
namespace {

// What is carried through the library with each request.
struct question {
  std::function<void(zk_reply)> answer;
  std::uint64_t id = 0;
};

zk_code code_of(int rc) {
  switch (rc) {
    case ZOK: return zk_code::ok;
    case ZNONODE: return zk_code::no_node;
    case ZNODEEXISTS: return zk_code::node_exists;
    case ZBADVERSION: return zk_code::bad_version;
    case ZNOAUTH: return zk_code::no_auth;
    case ZCONNECTIONLOSS:
    case ZOPERATIONTIMEOUT:
    case ZSESSIONEXPIRED:
    case ZSESSIONMOVED:
    case ZINVALIDSTATE:
    case ZCLOSING: return zk_code::connection_lost;
    default: return zk_code::other;
  }
}

// Takes the question back from the library, whatever becomes of it.
struct answering {
  std::unique_ptr<const question> asked;
  zk_reply reply;

  answering(int rc, const void* carried) : asked(static_cast<const question*>(carried)) {
    reply.id = asked->id;
    reply.code = code_of(rc);
    if (rc != ZOK)
      reply.words = zerror(rc);
  }
  ~answering() { asked->answer(std::move(reply)); }
  answering(const answering&) = delete;
  answering& operator=(const answering&) = delete;

  void take(const Stat* stat) {
    if (!stat || reply.code != zk_code::ok)
      return;
    reply.version = stat->version;
    reply.owner = static_cast<session_id>(stat->ephemeralOwner);
    reply.made = static_cast<std::uint64_t>(stat->czxid);
  }
};

void on_created(int rc, const char*, const Stat* stat, const void* carried) {
  answering(rc, carried).take(stat);
}
void on_removed(int rc, const void* carried) {
  answering(rc, carried);
}
void on_stat(int rc, const Stat* stat, const void* carried) {
  answering(rc, carried).take(stat);
}
void on_data(int rc, const char* data, int size, const Stat* stat, const void* carried) {
  answering to(rc, carried);
  to.take(stat);
  if (rc == ZOK && data && size > 0)
    to.reply.data.assign(data, static_cast<std::size_t>(size));
}
void on_children(int rc, const String_vector* names, const void* carried) {
  answering to(rc, carried);
  for (int i = 0; rc == ZOK && names && i < names->count; ++i)
    to.reply.children.emplace_back(names->data[i]);
}

void to_log(const char* line) {
  log_debug("zookeeper", "{}", line);
}

}  // namespace

// Lives until the library's threads have ended.
struct zookeeper_session::handle {
  zhandle_t* library = nullptr;
  std::uint64_t opened = 0;
  const listener* to = nullptr;

  static void on_event(zhandle_t* library, int type, int state, const char* path, void* context) {
    const auto& of = *static_cast<const handle*>(context);
    if (type != ZOO_SESSION_EVENT)
      return of.to->watch(of.opened, path ? path : "");
    if (state == ZOO_CONNECTED_STATE)
      of.to->session(of.opened, zk_session::connected,
                     static_cast<session_id>(zoo_client_id(library)->client_id));
    else if (state == ZOO_EXPIRED_SESSION_STATE)
      of.to->session(of.opened, zk_session::expired, 0);
    else if (state == ZOO_AUTH_FAILED_STATE)
      of.to->session(of.opened, zk_session::refused, 0);
    else
      of.to->session(of.opened, zk_session::lost, 0);
  }
};

zookeeper_session::zookeeper_session(options how, listener to)
    : how_(std::move(how)), to_(std::move(to)) {}

zookeeper_session::~zookeeper_session() {
  close();
}

status zookeeper_session::open() {
  close();
  handle_ = std::make_unique<handle>();
  handle_->opened = ++opened_;
  handle_->to = &to_;
  zoo_set_debug_level(ZOO_LOG_LEVEL_WARN);
  errno = 0;
  handle_->library = zookeeper_init2(how_.servers.c_str(), &handle::on_event,
                                     static_cast<int>(how_.timeout_ms), nullptr, handle_.get(),
                                     ZOO_NO_LOG_CLIENTENV, &to_log);
  if (handle_->library)
    return ok;
  const int why = errno;
  handle_.reset();
  return make_error(errc::storage_unavailable, std::strerror(why));
}

void zookeeper_session::close() {
  if (!handle_)
    return;
  zookeeper_close(handle_->library);  // its threads have ended, and everything asked is answered
  handle_.reset();
}

void zookeeper_session::send(const zk_request& request) {
  ENSURE(handle_, "a request needs a session");
  using kind = zk_request::kind;
  zhandle_t* to = handle_->library;
  std::unique_ptr<const question> carried(new question{
      [this, opened = opened_](zk_reply reply) { to_.reply(opened, std::move(reply)); }, request.id});
  const char* path = request.path.c_str();
  const char* data = request.data.data();
  const int size = static_cast<int>(request.data.size());
  const int watch = request.watch ? 1 : 0;
  int rc = ZOK;
  switch (request.what) {
    case kind::create: {
      const int mode = request.sequential  ? ZOO_EPHEMERAL_SEQUENTIAL
                       : request.ephemeral ? ZOO_EPHEMERAL
                                           : ZOO_PERSISTENT;
      rc = zoo_acreate2(to, path, data, size, &ZOO_OPEN_ACL_UNSAFE, mode, &on_created, carried.get());
      break;
    }
    case kind::remove:
      rc = zoo_adelete(to, path, request.version, &on_removed, carried.get());
      break;
    case kind::exists:
      rc = zoo_aexists(to, path, watch, &on_stat, carried.get());
      break;
    case kind::get:
      rc = zoo_aget(to, path, watch, &on_data, carried.get());
      break;
    case kind::set:
      rc = zoo_aset(to, path, data, size, request.version, &on_stat, carried.get());
      break;
    case kind::children:
      rc = zoo_aget_children(to, path, watch, &on_children, carried.get());
      break;
  }
  const question* given = carried.release();
  if (rc != ZOK)
    answering(rc, given);  // the library did not take it
}

}  // namespace carillon::zookeeper
