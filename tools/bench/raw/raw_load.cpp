// The other end of a raw server: sockets that count frames, and sockets that post.
#include <algorithm>
#include <deque>
#include <memory>

#include "runtime/base/clock.hpp"
#include "tools/bench/byte_counter.hpp"
#include "tools/bench/pacer.hpp"
#include "tools/bench/raw/raw_rounds.hpp"
#include "tools/client/child_process.hpp"
#include "tools/client/host_process.hpp"
#include "tools/client/stream.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::seconds patience{30};

struct raw_tally {
  bool measuring = false;
  std::size_t hellos = 0;
  std::uint64_t frames = 0; // of members that read
  std::uint64_t counted_bytes = 0;
  std::uint64_t answers = 0;
  histogram deliveries;
  histogram answered;
};

std::uint64_t stamp_of(tick_time when) {
  return static_cast<std::uint64_t>(when.time_since_epoch().count());
}

std::chrono::nanoseconds since(tick_time now, std::uint64_t stamp) {
  return now.time_since_epoch() - std::chrono::nanoseconds(stamp);
}

// Says who it is, hears that back, and hands on what comes after.
class raw_socket : client::stream_owner {
public:
  raw_socket(client::event_loop& loop, std::uint32_t who, raw_tally& tally)
      : loop_(loop), tally_(tally), stream_(loop, *this), who_(who) {}
  void connect(const client::endpoint& where) {
    stream_.connect(where);
    stream_.send(raw_hello(who_));
  }

  int release() { return stream_.release(); }

protected:
  // As stream_owner's on_bytes.
  virtual std::size_t on_more(std::string_view bytes) = 0;

  client::event_loop& loop_;
  raw_tally& tally_;
  client::stream stream_;

private:
  std::size_t on_bytes(std::string_view bytes) final {
    if (greeted_)
      return on_more(bytes);
    if (bytes.size() < raw_hello_bytes)
      return 0;
    greeted_ = true;
    ++tally_.hellos;
    return raw_hello_bytes + on_more(bytes.substr(raw_hello_bytes));
  }
  void on_lost(std::string_view) final { throw client::client_error("the raw server is gone"); }

  std::uint32_t who_;
  bool greeted_ = false;
};

class raw_member final : public raw_socket {
public:
  raw_member(client::event_loop& loop, const raw_shape& shape, std::uint32_t who, raw_tally& tally)
      : raw_socket(loop, who, tally), shape_(shape) {}

private:
  std::size_t on_more(std::string_view bytes) override {
    std::size_t done = 0;
    for (; bytes.size() - done >= shape_.frame_bytes; done += shape_.frame_bytes) {
      ++tally_.frames;
      if (tally_.measuring)
        tally_.deliveries.record(since(loop_.now(), read_raw_stamp(bytes.data() + done)));
    }
    return done;
  }

  const raw_shape& shape_;
};

// Posts when told to, or (closed loop) again as soon as it was answered.
class raw_poster_line final : public raw_socket {
public:
  raw_poster_line(client::event_loop& loop, const raw_shape& shape, bool posts_again,
                  raw_tally& tally)
      : raw_socket(loop, raw_poster, tally), shape_(shape), posts_again_(posts_again) {}
  void post(std::uint32_t group, tick_time intended) {
    sent_.push_back(intended);
    stream_.send(raw_request(shape_, group, stamp_of(intended)));
  }

private:
  std::size_t on_more(std::string_view bytes) override {
    std::size_t done = 0;
    for (; bytes.size() - done >= shape_.answer_bytes; done += shape_.answer_bytes) {
      ++tally_.answers;
      if (tally_.measuring)
        tally_.answered.record(loop_.now() - sent_.front());
      sent_.pop_front();
      if (posts_again_)
        post(0, steady_now());
    }
    return done;
  }

  const raw_shape& shape_;
  bool posts_again_;
  std::deque<tick_time> sent_; // not answered yet
};

class raw_load {
public:
  raw_load(client::event_loop& loop, const raw_how& how)
      : loop_(loop), how_(how), server_({arguments_of(how.shape), how.core}) {
    std::string port = server_.read_line(patience);
    where_ = client::endpoint::parse("http://127.0.0.1:" + port);
  }

  raw_result run() {
    connect();
    if (only_acknowledges())
      for (auto& poster : posters_)
        poster->post(0, steady_now());
    std::optional<pacer> open_loop;
    if (how_.per_second > 0)
      open_loop.emplace(loop_, how_.per_second, [this](tick_time intended) { post_next(intended); });
    drive(how_.duration / 4); // warm-up
    tally_.measuring = true;
    std::uint64_t before = count();
    auto cpu_before = client::usage_of(server_.pid()).cpu;
    auto started = steady_now();
    drive(how_.duration);
    double took = seconds(steady_now() - started);
    double counted = std::max(1.0, static_cast<double>(count() - before));
    raw_result out;
    out.per_second = counted / took;
    out.cpu_us = seconds(client::usage_of(server_.pid()).cpu - cpu_before) * 1e6 / counted;
    out.latency = only_acknowledges() ? tally_.answered : tally_.deliveries;
    return out;
  }

  double bytes_per_connection() {
    auto before = client::usage_of(server_.pid()).anonymous_bytes;
    connect();
    auto after = client::usage_of(server_.pid()).anonymous_bytes;
    return (static_cast<double>(after) - static_cast<double>(before)) /
           static_cast<double>(members_.size());
  }

private:
  bool only_acknowledges() const { return how_.shape.members == 0; }
  std::uint64_t count() {
    for (auto& one : counted_)
      one->drain();
    return only_acknowledges() ? tally_.answers
                               : tally_.frames + tally_.counted_bytes / how_.shape.frame_bytes;
  }

  void connect() {
    const raw_shape& shape = how_.shape;
    bool posts_again = only_acknowledges() && how_.per_second <= 0;
    for (std::size_t i = 0; i < shape.people; ++i) {
      members_.push_back(
          std::make_unique<raw_member>(loop_, shape, static_cast<std::uint32_t>(i), tally_));
      members_.back()->connect(where_);
      if (i % 500 == 499)
        wait_for_hellos();
    }
    for (std::size_t i = 0; i < how_.posters; ++i) {
      posters_.push_back(std::make_unique<raw_poster_line>(loop_, shape, posts_again, tally_));
      posters_.back()->connect(where_);
    }
    wait_for_hellos();
    if (!how_.reads_all)
      count_most();
  }

  void count_most() {
    std::size_t low_water = low_water_of(how_.in_flight, how_.shape.frame_bytes);
    for (std::size_t i = 0; i < members_.size(); ++i)
      if (!is_read_whole(i))
        counted_.push_back(std::make_unique<byte_counter>(loop_, members_[i]->release(), low_water,
                                                          tally_.counted_bytes));
  }

  void wait_for_hellos() {
    auto all = members_.size() + posters_.size();
    if (!loop_.run_until([&] { return tally_.hellos >= all; }, patience))
      throw client::client_error("the raw server does not answer");
  }

  void post_next(tick_time intended) {
    auto group = static_cast<std::uint32_t>(asked_ % how_.shape.groups);
    posters_[asked_ % posters_.size()]->post(group, intended);
    ++asked_;
  }

  // A closed loop with members keeps `in_flight` posts on the way: the next one goes out when one is
  // with all of its members that read.
  void drive(std::chrono::milliseconds how_long) {
    auto end = steady_now() + how_long;
    bool closed = !only_acknowledges() && how_.per_second <= 0;
    std::size_t readers = how_.reads_all ? how_.shape.members : members_.size() - counted_.size();
    loop_.run_until(
        [&] {
          if (closed)
            while (asked_ < tally_.frames / readers + how_.in_flight)
              post_next(steady_now());
          return steady_now() >= end;
        },
        end);
  }

  client::event_loop& loop_;
  const raw_how& how_;
  client::child_process server_;
  client::endpoint where_;
  raw_tally tally_;
  std::vector<std::unique_ptr<raw_member>> members_;
  std::vector<std::unique_ptr<byte_counter>> counted_;
  std::vector<std::unique_ptr<raw_poster_line>> posters_;
  std::uint64_t asked_ = 0;
};

} // namespace

raw_result run_raw(client::event_loop& loop, const raw_how& how) {
  return raw_load(loop, how).run();
}

double raw_bytes_per_connection(client::event_loop& loop, std::size_t connections,
                                std::optional<int> core) {
  raw_how how;
  how.shape.people = connections;
  how.posters = 0;
  how.core = core;
  return raw_load(loop, how).bytes_per_connection();
}

} // namespace carillon::bench
