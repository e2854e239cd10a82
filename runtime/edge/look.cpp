// What an I/O thread tells of its connections to whoever looks: the ones that wait longest, or those
// that are asked for. Costs a look at each connection, and nothing when nobody asks.
#include <algorithm>

#include "runtime/edge/io_thread.hpp"
#include "runtime/edge/server.hpp"
#include "runtime/edge/subscriber.hpp"

namespace carillon::edge {

namespace {

std::chrono::microseconds between(tick_time from, tick_time to) {
  return std::max(std::chrono::microseconds(0),
                  std::chrono::duration_cast<std::chrono::microseconds>(to - from));
}

}  // namespace

std::string subscriber::remote_text() const {
  if (remote_.port() == 0)
    return {};
  std::string out = remote_.address().to_string();
  out += ':';
  out += std::to_string(remote_.port());
  return out;
}

connection_picture subscriber::look(tick_time now) {
  connection_picture out;
  out.connection = id();
  out.remote = remote_text();
  out.open_for = between(opened_at_, now);
  out.heard_ago = between(last_heard_, now);
  out.queued_bytes = outbound_.size();
  out.queued_frames = frames_queued(outbound_.size());
  if (waits_since() != tick_time{})
    out.waits_for = between(waits_since(), now);
  out.frames_sent = frames_;
  out.transient_dropped = transient_dropped_;
  out.topics = static_cast<std::uint32_t>(topics.size());
  look_behind(out, now);
  out.tcp = look_at_tcp(socket_.native_handle());
  return out;
}

void io_thread::carry_out(look_command& c) {
  const tick_time now = steady_now();
  std::vector<connection_picture> out;
  if (!c.only.empty()) {
    for (connection_id who : c.only)
      if (subscriber* found = find_subscriber(who))
        out.push_back(found->look(now));
    return c.then(std::move(out));
  }
  std::vector<subscriber*> all;
  for (const auto& [id, each] : sessions_)
    if (each->is_subscriber())
      all.push_back(static_cast<subscriber*>(each.get()));
  const std::size_t count = std::min(c.most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                    [](const subscriber* a, const subscriber* b) { return a->waits_more_than(*b); });
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(all[i]->look(now));
  c.then(std::move(out));
}

}  // namespace carillon::edge
