// What the table tests share: both stores behind one face, so that every case runs over each, and a
// script that appends events to a channel as its actor would.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "storage/memory_kv.hpp"
#include "storage/message_store.hpp"
#include "storage/rocks_kv.hpp"
#include "storage/simulated_disk.hpp"

namespace carillon::storage {

// A folder of its own under the system's temporary one, removed at the end.
class temporary_folder {
public:
  temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "carillon-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

struct memory_store {
  memory_kv store;
  kv& get() { return store; }
};

struct simulated_store {
  simulated_disk store;
  kv& get() { return store; }
};

inline std::unique_ptr<kv> open_rocks(const std::filesystem::path& folder) {
  // Small buffers, so that even short tests meet flushes.
  auto store = rocks_kv::open(
      folder.string(),
      {.block_cache_bytes = 8u << 20, .write_buffer_bytes = 1u << 20, .wal_max_bytes = 4u << 20});
  REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().describe()));
  return std::move(*store);
}

struct rocks_store {
  temporary_folder folder;
  std::unique_ptr<kv> store = open_rocks(folder.path());
  kv& get() { return *store; }
};

inline constexpr std::uint32_t test_slots = 64;

// The value of a result that must be good.
template <class T>
T must(result<T> got) {
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().describe()));
  return std::move(*got);
}

inline void must_write(kv& store, write_batch& batch) {
  const auto written = store.write(batch, false);
  REQUIRE(written.has_value());
}

inline void apply(kv& store, slot_id slot, const wire::slot_command& command) {
  auto batch = store.make_batch();
  apply_command(*batch, slot, command);
  must_write(store, *batch);
}

// One channel's events, appended one by one.
class channel_script {
public:
  channel_script(kv& store, entity_id channel) : store_(store), channel_(channel) {}

  std::uint64_t post(timestamp ts, const std::string& user, const std::string& text,
                     const std::string& client_msg_id = "", const std::string& subtype = "") {
    auto event = next(ts, wire::EVENT_MESSAGE);
    auto& message = *event.mutable_message();
    message.set_seq(event.seq());
    message.set_ts(ts);
    message.set_user(user);
    message.set_text(text);
    message.set_client_msg_id(client_msg_id);
    message.set_subtype(subtype);
    append(event);
    return event.seq();
  }

  void edit(timestamp ts, const wire::chat_message& before, const std::string& text) {
    auto event = next(ts, wire::EVENT_MESSAGE_CHANGED);
    *event.mutable_previous() = before;
    *event.mutable_message() = before;
    event.mutable_message()->set_text(text);
    event.mutable_message()->set_edited_ts(ts);
    append(event);
  }

  void remove(timestamp ts, const wire::chat_message& before) {
    auto event = next(ts, wire::EVENT_MESSAGE_DELETED);
    *event.mutable_previous() = before;
    *event.mutable_message() = before;
    event.mutable_message()->set_deleted(true);
    append(event);
  }

  std::uint64_t last_seq() const { return seq_; }
  const entity_id& channel() const { return channel_; }

private:
  wire::channel_event next(timestamp ts, wire::event_kind kind) {
    wire::channel_event event;
    event.set_seq(++seq_);
    event.set_ts(ts);
    event.set_kind(kind);
    return event;
  }
  void append(const wire::channel_event& event) {
    wire::slot_command command;
    command.mutable_channel()->set_channel_id(channel_.text());
    *command.mutable_channel()->add_events() = event;
    apply(store_, slot_of(channel_, test_slots), command);
  }

  kv& store_;
  entity_id channel_;
  std::uint64_t seq_ = 0;
};

inline const entity_id channel_a{id_kind::channel, 1'001};
inline const entity_id channel_b{id_kind::channel, 1'002};
inline const std::string user_ann = entity_id{id_kind::user, 1}.text();
inline const std::string user_bob = entity_id{id_kind::user, 2}.text();

}  // namespace carillon::storage
