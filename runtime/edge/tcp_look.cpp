// In a file of its own: the kernel's tcp_info is longer than the one of <netinet/tcp.h>, and the two
// headers do not go together.
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>
#include <linux/tcp.h>

#include "runtime/edge/pictures.hpp"
#include "runtime/edge/tcp_progress.hpp"

namespace carillon::edge {

tcp_picture look_at_tcp(int socket) {
  tcp_picture out;
  // An older kernel fills less of it; what it leaves out stays zero.
  tcp_info said{};
  socklen_t size = sizeof said;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &said, &size) != 0)
    return out;
  int queued = 0;
  if (::ioctl(socket, SIOCOUTQ, &queued) == 0 && queued > 0)
    out.unacknowledged_bytes = static_cast<std::uint64_t>(queued);
  out.unsent_bytes = said.tcpi_notsent_bytes;
  out.window_bytes = said.tcpi_snd_wnd;
  out.sent_ago = std::chrono::milliseconds(said.tcpi_last_data_sent);
  out.acknowledged_ago = std::chrono::milliseconds(said.tcpi_last_ack_recv);
  out.round_trip = std::chrono::microseconds(said.tcpi_rtt);
  out.segments_unacknowledged = said.tcpi_unacked;
  out.segments_repeated = said.tcpi_total_retrans;
  out.timeouts = said.tcpi_retransmits;
  return out;
}

tcp_progress look_at_progress(int socket) {
  tcp_progress out;
  tcp_info said{};
  socklen_t size = sizeof said;
  int queued = 0;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &said, &size) != 0 ||
      ::ioctl(socket, SIOCOUTQ, &queued) != 0)
    return out;
  out.acknowledged = static_cast<std::uint32_t>(said.tcpi_bytes_acked);
  out.on_the_way = static_cast<std::uint32_t>(queued);
  return out;
}

}  // namespace carillon::edge
