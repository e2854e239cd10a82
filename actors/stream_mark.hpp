// Where a client of carillon.stream is, as the `id` of each event says it and the Last-Event-ID of a client
// that comes back (EventSource does so by itself): the cursor that the stream began with, and what was told
// since, "CURSOR~C….17~D….5". All that a host needs to go on: it may be another one, or a new one.
// Pure. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/sync_plan.hpp"

namespace carillon {

class stream_mark {
public:
  // Goes out with each event, and comes back in a header.
  static constexpr std::size_t size_max = 4'096;

  // No mark is longer than `most`. Channels that it has no room for are told again since the cursor.
  stream_mark(std::string cursor, const seqs_by_channel& seen, std::size_t most = size_max);

  // The mark that this event has. Empty: there is no room for a cursor.
  std::string after(std::string_view channel, std::uint64_t seq);

private:
  bool has_room_for_another() const;

  const std::string cursor_;
  const std::size_t most_;
  seqs_by_channel told_;
};

struct stream_place {
  std::string cursor;
  std::string seen;  // as carillon.sync's argument
};
// nullopt: nothing that stream_mark has said.
std::optional<stream_place> read_stream_mark(std::string_view text);

}  // namespace carillon
