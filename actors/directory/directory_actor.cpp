#include "actors/directory/directory_actor.hpp"

#include "actors/measured_actor.hpp"

namespace carillon {
namespace {

constexpr std::chrono::seconds usual_patience{10};

using shared_directory = std::shared_ptr<storage::directory>;

caf::behavior directory_reader(measured_actor* self, const shared_directory& directory,
                               host_metrics* into) {
  self->measure(into, actor_kind::directory);
  return {[directory](directory_read_job& job) {
    job.work(*directory);
    return caf::unit;
  }};
}

caf::behavior directory_writer(measured_actor* self, const shared_directory& directory,
                               host_metrics* into) {
  self->measure(into, actor_kind::directory);
  return {[directory](directory_job& job) {
    directory->allow_until(job.give_up == tick_time{} ? steady_now() + usual_patience
                                                      : job.give_up);
    job.work(*directory);
    return caf::unit;
  }};
}

// Hands jobs to its workers in turn; they answer the asker, and end with it.
struct turn {
  std::vector<caf::actor> workers;
  std::size_t last = 0;
  const caf::actor& next() { return workers[last = (last + 1) % workers.size()]; }
};

caf::behavior directory_behavior(caf::event_based_actor* self, const std::shared_ptr<turn>& readers,
                                 const std::shared_ptr<turn>& writers) {
  self->attach_functor([readers, writers](const caf::error&) {
    for (const auto& all : {readers, writers})
      for (const caf::actor& worker : all->workers)
        caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  });
  return {
      [self, readers](directory_read_job& job) {
        return self->delegate(readers->next(), std::move(job));
      },
      [self, writers](directory_job& job) {
        return self->delegate(writers->next(), std::move(job));
      },
  };
}

template <class Behavior>
std::shared_ptr<turn> spawn_workers(caf::actor_system& system, Behavior behavior, directories all,
                                    host_metrics* into) {
  ENSURE(!all.empty(), "somebody does the work");
  auto out = std::make_shared<turn>();
  for (auto& each : all)
    out->workers.push_back(
        system.spawn<caf::detached>(behavior, shared_directory(std::move(each)), into));
  return out;
}

caf::behavior reader_behavior(measured_actor* self, const storage::message_store* tables,
                              host_metrics* into) {
  self->measure(into, actor_kind::reader);
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

caf::actor spawn_directory(caf::actor_system& system, directories readers, directories writers,
                           host_metrics& into) {
  return system.spawn(directory_behavior,
                      spawn_workers(system, directory_reader, std::move(readers), &into),
                      spawn_workers(system, directory_writer, std::move(writers), &into));
}

caf::actor spawn_hasher(caf::actor_system& system) {
  return system.spawn<caf::detached>(hasher_behavior);
}

caf::actor spawn_reader(caf::actor_system& system, const storage::message_store& tables,
                        host_metrics& into) {
  return system.spawn<caf::detached>(reader_behavior, &tables, &into);
}

}  // namespace carillon
