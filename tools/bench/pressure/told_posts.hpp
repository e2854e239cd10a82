// What posters were told, so that it can be held against history at the end: every acknowledged post
// is in it exactly once, under the seq and ts that its poster heard, in order. One thread: the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/bench/figures/report.hpp"
#include "tools/chaos/record.hpp"
#include "tools/client/api_client.hpp"

namespace carillon::bench {

// The posters of one channel.
class told_posts {
public:
  // The next post of a writer (post_writer::number()) was answered so; null: not at all.
  void hear(std::uint32_t writer, const client::http_response_view* response);

  std::uint64_t last_seq() const { return last_seq_; } // the highest that was acknowledged

  // Reads all of the channel's history and adds what is wrong with it. Blocks. Throws client_error.
  void judge(client::event_loop& loop, const client::endpoint& where, const std::string& token,
             const std::string& channel, chaos::counted& verdict) const;

private:
  std::map<std::uint32_t, std::vector<chaos::acknowledgement>> posts_; // by writer
  std::uint64_t last_seq_ = 0;
};

// NAME_acknowledged and NAME_lost (with all else that history may not be), and in words what is broken.
void add_verdict(report& out, const std::string& name, const chaos::counted& verdict);

} // namespace carillon::bench
