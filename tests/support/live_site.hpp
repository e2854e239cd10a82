// A host with people at work: posters that insist, one follower that reads along, and the verdict
// on all of it. What the tests on real processes share. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/channel_follower.hpp"
#include "tests/support/insistent_poster.hpp"
#include "tools/client/host_process.hpp"

namespace carillon::testing {

// A number from the environment, so that a test can be run longer by hand; `otherwise` if not set.
std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise);

class live_site {
public:
  struct plan {
    std::size_t posters = 64;
    std::size_t channels = 4;
    std::size_t users = 8; // who post, in turns
    std::size_t text_bytes = 40;
  };
  // Founds the site on a new folder: the host runs, channels and members exist, nobody posts yet.
  // `how.data` is set here.
  live_site(client::host_process::options how, const plan& size);

  client::host_process& host() { return *host_; }
  client::event_loop& loop() { return loop_; }
  channel_follower& follower() { return *follower_; }
  std::vector<std::unique_ptr<insistent_poster>>& posters() { return posters_; }
  const std::vector<std::string>& channels() const { return channels_; }
  const client::endpoint& where() const { return where_; }
  client::api_client as_follower() { return {loop_, where_, reader_.token}; }
  std::size_t acknowledged() const;

  // Starts the host again, perhaps in another way, and waits until it listens.
  void start_again();
  void start_again(client::host_process::options how);
  void resume_posters();
  // Runs until so many posts are acknowledged in all. Throws client_error when 60 s bring no end.
  void post_until(std::size_t acknowledged_in_all);
  // The host is gone: hears out what is still in the sockets, then lets go of them.
  void hear_the_end();
  // Lets every poster get its last acknowledgement and the follower see everything. Throws
  // client_error when that does not come to an end.
  void settle();
  // Posts a message to `channel` and edits it, so that an edit takes its place in the order. The
  // follower is connected.
  void post_and_edit(const std::string& channel);

  // Reads all history and compares (history_check.hpp). Empty: all is well.
  std::vector<std::string> violations();

private:
  client::scratch_folder folder_;
  client::event_loop loop_;
  client::host_process::options how_;
  std::unique_ptr<client::host_process> host_;
  client::endpoint where_;
  client::worker reader_;
  std::vector<std::string> channels_;
  std::vector<std::unique_ptr<insistent_poster>> posters_;
  std::unique_ptr<channel_follower> follower_;
};

} // namespace carillon::testing
