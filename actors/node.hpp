// A host: everything it runs, in the order it must start and stop. One per process.
//
// start: data folder, store; among others: the link, and the cluster's founding facts when this disk
// has none; every group's state is read, the journal begins; the meta group's replica, until a ring
// view is known; the directory; this host's slots; then the edge listens and <data>/address names
// the URL. A host that is alone waits until all its slots serve. One of several listens as soon as
// it can take calls: which slots serve somewhere is for the locator to find out. A directory whose server
// is away keeps nobody from serving slots and listening; clients are let in when it is there.
// stop:  the edge turns new work away, groups with other voters hand their leadership over, sockets
// are closed, slots refuse proposals, the journal writes what it holds and ends. Nothing that was
// acknowledged depends on a clean stop.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "actors/departure.hpp"
#include "actors/directory/directory_host.hpp"
#include "actors/gateway.hpp"
#include "config/settings.hpp"
#include "runtime/base/result.hpp"

namespace carillon {

class node {
public:
  // Blocks until the host serves; among others that takes as long as a majority of the ring hosts is
  // away at the first start. Errors: invalid_config, io_error (folder in use, port taken; the detail
  // says which), corrupt_record.
  // `leave` may be asked at any time from now on and outlives all actors.
  static result<std::unique_ptr<node>> start(const settings& config, file_finder files,
                                             departure& leave);
  ~node();

  const std::string& url() const;  // "http://127.0.0.1:8080"
  // False: it waits for its directory, whose server is away, and will take them by itself.
  bool takes_clients() const;

  // Keeps the memory under its ceiling, for which it is to be called about ten times a second, by one
  // thread. And asks to leave when a damaged block has ended all writes and others have what is lost
  // here: the next start rescues the rest (storage/rescue.hpp).
  void look_after_itself() const;

  // Returns within about `grace`, whatever hangs. Actors still exist afterwards: the process is
  // meant to end with _exit, because an actor system that waits for its last actor may wait for ever.
  void stop(std::chrono::milliseconds grace);

private:
  struct parts;
  explicit node(std::unique_ptr<parts> made);
  // The steps of start, in their order (node_start.cpp).
  static status open_store(parts& p);
  static status join_cluster(parts& p);
  static status start_storage(parts& p);
  static status start_meta(parts& p);
  static status start_directory(parts& p);
  static status take_secrets(parts& p, const directory_host::secrets& shared);
  static void wait_for_directory(parts& p);
  static void forget_tokens(parts& p);
  static status start_slots(parts& p);
  static status listen(parts& p);
  // Of stop: all groups at once.
  static void stop_groups(parts& p, std::chrono::milliseconds grace);
  std::unique_ptr<parts> parts_;
};

}  // namespace carillon
