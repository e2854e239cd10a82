// Measures the journal over RocksDB as slots use it: producers that each wait for their entry to be
// on disk before the next; the entry's command is applied to the tables in the following write, and
// the log is trimmed. Then the store is closed without a flush and opened again, as after a crash.
//
//   journal_bench FOLDER [seconds=10] [producers=64] [slots=64] [wal_max_mb=64]
//
// Prints entries/s, p99 of submit-to-done, CPU, and the time to open. Not a test: figures vary with
// the disk.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "runtime/base/clock.hpp"
#include "runtime/base/logging.hpp"
#include "storage/journal.hpp"
#include "storage/message_store.hpp"
#include "storage/rocks_kv.hpp"

namespace {

using namespace carillon;
using namespace carillon::storage;
using std::chrono::duration;
using std::chrono::steady_clock;

double cpu_seconds(int whose) {
  rusage used{};
  getrusage(whose, &used);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct producer {
  entity_id channel;
  slot_id slot = 0;
  std::uint64_t seq = 0;
  steady_clock::time_point sent;
};

struct slot_log {
  raft::log_index last = 0;
  raft::log_index trimmed = 1;
};

// The driver stands for the slot actors: one thread that answers acknowledgements.
class driver {
public:
  driver(journal& to, std::size_t producers, std::uint32_t slots) : journal_(to), logs_(slots) {
    for (std::size_t i = 0; i < producers; ++i) {
      producer each;
      each.channel = entity_id{id_kind::channel, 1'000'003 * (i + 1)};
      each.slot = slot_of(each.channel, slots);
      producers_.push_back(each);
    }
  }

  void run(duration<double> how_long) {
    const auto end = steady_clock::now() + how_long;
    for (std::size_t i = 0; i < producers_.size(); ++i)
      send(i, nullptr);
    std::vector<std::pair<std::size_t, std::shared_ptr<const wire::slot_command>>> acked;
    std::size_t in_flight = producers_.size();
    while (in_flight > 0) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !acked_.empty(); });
        acked.swap(acked_);
      }
      const auto now = steady_clock::now();
      for (auto& [who, command] : acked) {
        latencies_.push_back(duration<float, std::milli>(now - producers_[who].sent).count());
        if (now < end)
          send(who, command);
        else
          --in_flight;
      }
      acked.clear();
    }
  }

  std::vector<float>& latencies() { return latencies_; }
  double journal_cpu() const { return journal_cpu_; }

private:
  std::shared_ptr<wire::slot_command> next_command(producer& from) {
    auto command = std::make_shared<wire::slot_command>();
    auto& change = *command->mutable_channel();
    change.set_channel_id(from.channel.text());
    auto& event = *change.add_events();
    event.set_seq(++from.seq);
    event.set_ts(wall_now());
    event.set_kind(wire::EVENT_MESSAGE);
    auto& message = *event.mutable_message();
    message.set_seq(event.seq());
    message.set_ts(event.ts());
    message.set_user("U0000000000AB");
    message.set_text(std::string(200, 'x'));
    message.set_client_msg_id(fmt::format("{:016x}-{:016x}", stable(event.ts()), event.seq()));
    return command;
  }
  static std::uint64_t stable(std::uint64_t x) { return x * 0x9e3779b97f4a7c15ULL; }

  void send(std::size_t who, const std::shared_ptr<const wire::slot_command>& committed) {
    producer& from = producers_[who];
    slot_log& log = logs_[from.slot];
    auto command = next_command(from);
    journal_write write;
    write.slot = from.slot;
    if (committed) {
      write.commands.push_back(committed);
      write.applied = log.last;
      write.applied_term = 1;
    }
    auto payload = std::make_shared<std::string>();
    if (!command->SerializeToString(payload.get()))
      std::abort();
    write.entries.push_back({1, ++log.last, raft::entry_kind::command, std::move(payload)});
    if (log.last > log.trimmed + 2'048) {
      log.trimmed = log.last - 1'024;
      write.trim_before = log.trimmed;
    }
    write.done = [this, who, command](status done) {
      if (!done)
        std::abort();
      journal_cpu_ = cpu_seconds(RUSAGE_THREAD);  // `done` runs on the journal's thread
      std::lock_guard lock(mutex_);
      acked_.emplace_back(who, command);
      if (acked_.size() == 1)
        wake_.notify_one();
    };
    from.sent = steady_clock::now();
    journal_.submit(std::move(write));
  }

  journal& journal_;
  std::vector<producer> producers_;
  std::vector<slot_log> logs_;
  std::vector<float> latencies_;
  double journal_cpu_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::pair<std::size_t, std::shared_ptr<const wire::slot_command>>> acked_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "journal_bench FOLDER [seconds] [producers] [slots] [wal_max_mb]\n");
    return 2;
  }
  const auto number = [&](int at, long otherwise) {
    return argc > at ? std::atol(argv[at]) : otherwise;
  };
  const std::string folder = argv[1];
  const auto slots = static_cast<std::uint32_t>(number(4, 64));
  rocks_kv::options how;
  how.wal_max_bytes = static_cast<std::size_t>(number(5, 64)) << 20;

  {
    auto store = rocks_kv::open(folder, how);
    if (!store) {
      std::fprintf(stderr, "%s\n", store.error().describe().c_str());
      return 1;
    }
    journal writer(**store, {});
    driver run(writer, static_cast<std::size_t>(number(3, 64)), slots);
    const auto begin = steady_clock::now();
    const double cpu = cpu_seconds(RUSAGE_SELF);
    run.run(duration<double>(static_cast<double>(number(2, 10))));
    const double seconds = duration<double>(steady_clock::now() - begin).count();
    const double cpu_used = cpu_seconds(RUSAGE_SELF) - cpu;
    auto& latencies = run.latencies();
    std::sort(latencies.begin(), latencies.end());
    const auto total = static_cast<double>(latencies.size());
    const auto count = writer.count();
    std::printf("%.0f entries, %.0f/s, p50 %.2f ms, p99 %.2f ms, max %.1f ms, %.1f us CPU/entry "
                "(journal thread %.1f), "
                "%.1f entries/sync, memory %.0f MB\n",
                total, total / seconds, latencies[latencies.size() / 2],
                latencies[latencies.size() * 99 / 100], latencies.back(), cpu_used / total * 1e6,
                run.journal_cpu() / total * 1e6, total / static_cast<double>(count.syncs),
                static_cast<double>((*store)->memory_bytes()) / 1e6);
  }
  const auto begin = steady_clock::now();
  const double cpu = cpu_seconds(RUSAGE_SELF);
  auto again = rocks_kv::open(folder, how);
  std::printf("open: %.2f s, %.2f s CPU\n", duration<double>(steady_clock::now() - begin).count(),
              cpu_seconds(RUSAGE_SELF) - cpu);
  return again ? 0 : 1;
}
