// A host: everything it runs, in the order it must start and stop. One per process.
//
// start: data folder, secrets, store, directory, journal, actors, slots (each elects itself and
// commits an entry of its term), then the edge listens and <data>/address names the URL.
// stop:  the edge turns new work away and closes its sockets, slots refuse proposals, the journal
// writes what it holds and ends. Nothing that was acknowledged depends on a clean stop.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "actors/gateway.hpp"
#include "config/settings.hpp"
#include "runtime/base/result.hpp"

namespace carillon {

class node {
public:
  // Blocks until the host serves. Errors: invalid_config, io_error (folder in use, port taken; the
  // detail says which), corrupt_record.
  static result<std::unique_ptr<node>> start(const settings& config, file_finder files);
  ~node();

  const std::string& url() const;  // "http://127.0.0.1:8080"

  // Returns within about `grace`, whatever hangs. Actors still exist afterwards: the process is
  // meant to end with _exit, because an actor system that waits for its last actor may wait for ever.
  void stop(std::chrono::milliseconds grace);

private:
  struct parts;
  explicit node(std::unique_ptr<parts> made);
  static status open_storage(parts& p);
  static status open_directory(parts& p);
  static status start_slots(parts& p);
  static status listen(parts& p);
  std::unique_ptr<parts> parts_;
};

}  // namespace carillon
