#include "actors/directory/directory_actor.hpp"

namespace carillon {
namespace {

caf::behavior directory_behavior(caf::event_based_actor*,
                                 const std::shared_ptr<storage::directory>& directory) {
  return {[directory](directory_job& job) {
            job.work(*directory);
            return caf::unit;
          },
          [directory](directory_read_job& job) {
            job.work(*directory);
            return caf::unit;
          }};
}

caf::behavior reader_behavior(caf::event_based_actor*, const storage::message_store* tables) {
  return {[tables](reader_job& job) {
    job.work(*tables);
    return caf::unit;
  }};
}

caf::behavior hasher_behavior(caf::event_based_actor*) {
  return {[](hash_job& job) {
    job.work();
    return caf::unit;
  }};
}

}  // namespace

caf::actor spawn_hasher(caf::actor_system& system) {
  return system.spawn<caf::detached>(hasher_behavior);
}

caf::actor spawn_directory(caf::actor_system& system,
                           std::unique_ptr<storage::directory> directory) {
  return system.spawn<caf::detached>(directory_behavior,
                                     std::shared_ptr<storage::directory>(std::move(directory)));
}

caf::actor spawn_reader(caf::actor_system& system, const storage::message_store& tables) {
  return system.spawn<caf::detached>(reader_behavior, &tables);
}

}  // namespace carillon
