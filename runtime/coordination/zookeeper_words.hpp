// What is said to a ZooKeeper session and what it says, as values: zookeeper_state decides on them,
// zookeeper_session carries them to the library. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace carillon::zookeeper {

using session_id = std::uint64_t;  // given by the servers; 0: none

// What of ZooKeeper's outcomes somebody acts on (zookeeper.h: ZOO_ERRORS); the rest is `other`.
enum class zk_code {
  ok,
  no_node,
  node_exists,
  bad_version,
  no_auth,
  connection_lost,  // it may have happened, and may not: look
  other,
};

struct zk_request {
  enum class kind {
    create,    // path (a sequential one gets its number behind it), data
    remove,    // path, version
    exists,    // path
    get,       // path
    set,       // path, data, version
    children,  // path
  };
  std::uint64_t id = 0;  // of the reply
  kind what = kind::exists;
  std::string path;
  std::string data = {};
  std::int32_t version = -1;  // of the data; -1: any
  bool ephemeral = false;
  bool sequential = false;
  bool watch = false;  // once, of what was read (a node that is not there: its coming)
};

struct zk_reply {
  std::uint64_t id = 0;
  zk_code code = zk_code::ok;
  std::string words = {};  // the library's own for the code
  std::string data = {};
  std::vector<std::string> children = {};
  std::int32_t version = 0;  // of the data
  session_id owner = 0;      // of an ephemeral node
  std::uint64_t made = 0;    // its czxid: rises with everything that happens in ZooKeeper
};

enum class zk_session {
  connected,  // also again: then watches are there still
  lost,       // the connection; the session may live on
  expired,    // the session, and every node of it is gone
  refused,    // by authentication; or no session could begin
};

}  // namespace carillon::zookeeper
