#include "actors/inspect/slow_client.hpp"

#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

// What a kernel holds back until a little more comes; a window below it is as good as shut.
constexpr std::uint64_t shut = 1'500;
// Between the sending of a segment and its acknowledgement there is a way; this is no wait.
constexpr std::uint64_t late = 300'000;  // microseconds

std::string seconds(std::uint64_t micros) {
  return fmt::format("{:.1f} s", static_cast<double>(micros) / 1e6);
}

}  // namespace

std::string why_slow(const wire::session_details& session, std::uint64_t queue_max_bytes) {
  const bool queued = session.queued_for() >= slow_after ||
                      session.queued_bytes() > queue_max_bytes / slow_queue_part;
  const bool under_way = session.unacknowledged_bytes() > 0;
  if (session.behind() && !queued)
    return fmt::format("it takes again what it was too slow for: its log is read to it, for {} so far",
                       seconds(session.behind_for()));
  if (!queued && !under_way)
    return session.unread_bytes() >= slow_unread_bytes ? "it sends faster than this host may take it"
                                                       : "";
  // What left a moment ago cannot be acknowledged yet, however long the last acknowledgement is past.
  const bool answers = session.acknowledged_ago() < late + 4 * session.round_trip() ||
                       (!queued && session.sent_ago() < late + 4 * session.round_trip());
  if (session.timeouts() > 0 || (session.segments_unacknowledged() > 0 && !answers))
    return fmt::format("the network, or its machine: nothing acknowledged for {}, the same segment sent "
                       "again {} times",
                       seconds(session.acknowledged_ago()), session.timeouts());
  if (session.unsent_bytes() > 0 && session.window_bytes() < shut &&
      (queued || session.sent_ago() >= slow_after))
    return "the client does not read: its machine answers, and has no room for more";
  if (queued)
    return fmt::format("the client or its network takes it slowly: {} bytes under way, round trip {:.1f} ms",
                       session.unacknowledged_bytes(),
                       static_cast<double>(session.round_trip()) / 1e3);
  return {};
}

}  // namespace carillon
