// What clients see over a run, small enough for any length of it: a fixed number of buckets, and when
// the last is full, neighbours become one and each is twice as long. Pure; times are seconds since the
// load began and do not run backwards. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace carillon::chaos {

class recording {
public:
  static constexpr double first_bucket_seconds = 0.2;
  static constexpr std::size_t buckets_max = 640; // half of them are in use at least, once full
  static constexpr std::size_t rows_max = 64;     // with more channels, neighbours share a row
  // A shorter time without an accepted post is not kept: an eye cannot see it in the picture.
  static constexpr double gap_min_seconds = 0.25;

  struct bucket {
    std::uint64_t posts = 0, events = 0, reconnections = 0;
    double worst_wait = 0;       // seconds; of the posts accepted in it, or still waiting at the end
    std::size_t unconnected = 0; // subscribers, at worst
  };
  // Of the whole crowd, since it was made; unconnected: now.
  struct totals {
    std::uint64_t events = 0, reconnections = 0;
    std::size_t unconnected = 0;
  };

  // `before`: what is not of this run.
  recording(std::size_t channels, const totals& before);

  // A post was accepted that had waited so long.
  void accepted(std::size_t channel, double wait, double now);
  // A post is not accepted; said of every such post when nobody waits any longer.
  void never_accepted(std::size_t channel, double waited, double now);
  // Now and then, a few times in a bucket.
  void sample(const totals& so_far, double now);

  double seconds() const { return end_; }
  double bucket_seconds() const { return bucket_seconds_; }
  const std::vector<bucket>& buckets() const { return buckets_; }
  std::size_t channels() const { return last_post_.size(); }
  std::size_t rows() const { return gaps_.size(); }
  std::size_t row_of(std::size_t channel) const { return channel * rows() / channels(); }
  // By bucket: the longest time without an accepted post that reaches into it, in seconds; 0: none
  // worth keeping. As long as `buckets`.
  const std::vector<float>& gaps(std::size_t row) const { return gaps_[row]; }

private:
  std::size_t index_of(double now); // makes the bucket where need be
  void merge_neighbours();
  void mark_gap(std::size_t channel, double now);

  double bucket_seconds_ = first_bucket_seconds;
  double end_ = 0;
  totals before_;
  std::vector<bucket> buckets_;
  std::vector<std::vector<float>> gaps_; // [row][bucket]
  std::vector<double> last_post_;        // by channel
};

} // namespace carillon::chaos
