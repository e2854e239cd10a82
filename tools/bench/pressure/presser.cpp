#include "tools/bench/pressure/presser.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

#include "tools/bench/pacer.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/pressure/told_posts.hpp"
#include "tools/bench/storm/storm_crowd.hpp"
#include "tools/client/child_process.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::minutes patience{5};
constexpr double looks_per_second = 100;
constexpr std::uint64_t other_files = 2'048;
constexpr std::size_t flooded_channels = 16;
constexpr double times_the_disk = 10;

// What suits each case, where nothing else was said.
struct press_shape {
  std::size_t readers = 0;           // slow ones
  std::size_t bytes_per_second = 0;  // that each takes
  int kernel_bytes = 65'536;         // that the kernel may keep for it; it doubles them
  std::size_t lines = 0;             // connections that post
  std::size_t rate = 0;              // 0: by what the disk takes
  std::size_t text_bytes = 0;
};

press_shape shape_of(const load_options& how) {
  press_shape shape{1, 0, 65'536, 16, 400, 4'000};
  if (how.presses == "trickle")
    shape = {1'000, 1'024, 65'536, 16, 20, 4'000};
  if (how.presses == "flood")
    shape = {0, 0, 65'536, how.press_lines, 0, 200};
  if (how.slow_readers > 0 && shape.readers > 0)
    shape.readers = how.slow_readers;
  if (how.press_rate > 0)
    shape.rate = how.press_rate;
  if (how.press_bytes > 0)
    shape.text_bytes = how.press_bytes;
  return shape;
}

// Slow readers and posts, from a process of their own.
class worker_presser final : public presser {
public:
  worker_presser(client::event_loop& loop, const target& hosts, const load_options& how)
      : loop_(loop), hosts_(hosts), how_(how), shape_(shape_of(how)) {}

  void prepare(report& out) override {
    client::child_process::options child{{"bench", "pressure-worker"}};
    if (hosts_.core())
      child.core = 1;
    worker_.emplace(child);
    for (const auto& host : hosts_.hosts())
      worker_->write_line("host http://" + host.authority());
    bool floods = shape_.readers == 0;
    std::size_t people = floods ? flooded_channels : std::max<std::size_t>(2, shape_.readers);
    population all = settle(loop_, hosts_, people, floods ? flooded_channels : 1, floods ? 1 : people,
                            run_name() + "p");
    for (std::size_t i = 0; i < shape_.readers; ++i)
      worker_->write_line("reader " + all.people[i].token + " " + all.channels.front());
    auto places = all.places(shape_.lines);
    for (std::size_t i = 0; i < shape_.lines; ++i) {
      const post_place& place = places[i % places.size()];
      worker_->write_line("line " + place.token + " " + place.channel);
    }
    ask("connect");
    rate_ = static_cast<double>(shape_.rate);
    if (rate_ <= 0)
      rate_ = times_the_disk * disk_takes(out);
    out.add("press_readers", static_cast<double>(shape_.readers), "");
    out.add("press_rate", rate_, "1/s");
    out.add("press_text", static_cast<double>(shape_.text_bytes), "bytes");
  }

  void press(const std::function<void()>& middle) override {
    ask("stall " + std::to_string(shape_.bytes_per_second) + " " + std::to_string(shape_.kernel_bytes));
    cpu_ = client::usage_of(worker_->pid()).cpu;
    std::chrono::nanoseconds hosts = host_cpu();
    post(rate_);
    loop_.run_for(how_.duration / 2);
    middle();
    loop_.run_for(how_.duration - how_.duration / 2);
    cpu_ = client::usage_of(worker_->pid()).cpu - cpu_;
    host_cpu_ = host_cpu() - hosts;
  }

  void release(report& out) override {
    posted all = rest();
    double sent = static_cast<double>(all.accepted + all.refused + all.lost);
    double took = seconds(how_.duration);
    out.add("press_sent", sent / took, "1/s");
    out.add("press_accepted", static_cast<double>(all.accepted) / took, "1/s");
    out.add("press_refused", static_cast<double>(all.refused), "");
    out.add("press_refused_with_retry_after", static_cast<double>(all.told_when), "");
    out.add("press_lost", static_cast<double>(all.lost), "");
    out.add("press_found_no_connection", static_cast<double>(all.unsent), "");
    out.add("press_cores", seconds(cpu_) / took, "", 2);
    out.add("host_cores", seconds(host_cpu_) / took, "", 2);
    if (!all.first_refusal.empty())
      out.shown.push_back("first refusal: " + all.first_refusal);
    if (shape_.readers > 0)
      add_readers(out);
  }

  void judge(report& out) override {
    std::istringstream words(ask("judge"));
    chaos::counted verdict;
    std::string what, sentence;
    words >> what >> verdict.posts >> verdict.lost >> verdict.repeated >> verdict.reordered >>
        verdict.gaps >> verdict.invented;
    std::getline(words >> std::ws, sentence);
    if (!sentence.empty())
      verdict.sentences.push_back(sentence);
    add_verdict(out, "press", verdict);
  }

private:
  struct posted {
    std::uint64_t accepted = 0, refused = 0, lost = 0, unsent = 0, told_when = 0;
    std::string first_refusal;
  };

  std::string ask(const std::string& order) {
    worker_->write_line(order);
    std::optional<std::string> answer;
    auto look = [&] {
      if (!answer)
        answer = worker_->poll_line();
    };
    pacer looks(loop_, looks_per_second, [&](tick_time) { look(); });
    if (!loop_.run_until([&] { return answer.has_value(); }, patience))
      throw client::client_error("the process that presses does not answer: " + order);
    if (answer->starts_with("failed "))
      throw client::client_error(answer->substr(7));
    return *answer;
  }

  void post(double rate) {
    ask("post " + std::to_string(rate) + " " + std::to_string(shape_.text_bytes) + " " +
        (how_.ignores_refusals ? "1" : "0"));
  }

  posted rest() {
    std::istringstream words(ask("rest"));
    std::string what;
    posted all;
    words >> what >> all.accepted >> all.refused >> all.lost >> all.unsent >> all.told_when;
    std::getline(words >> std::ws, all.first_refusal);
    return all;
  }

  // What 512 posters who wait for their answers get.
  double disk_takes(report& out) {
    post(0);
    auto started = steady_now();
    loop_.run_for(how_.warm_up);
    double taken = static_cast<double>(rest().accepted) / seconds(steady_now() - started);
    out.add("disk_takes", taken, "1/s");
    return std::max(1.0, taken);
  }

  std::chrono::nanoseconds host_cpu() const {
    return hosts_.usage().value_or(client::process_usage{}).cpu;
  }

  void add_readers(report& out) {
    std::istringstream words(ask("read"));
    std::string what;
    double open = 0, slow = 0, other = 0, missed = 0, notices = 0, behind = 0;
    words >> what >> open >> slow >> other >> missed >> notices >> behind;
    out.add("readers_still_there", open, "");
    out.add("readers_closed_as_slow", slow, "");
    out.add("readers_closed_otherwise", other, "");
    out.add("readers_told_to_catch_up", notices, "");
    // A path that was slow for so long is trusted with more again only little by little (the sender's
    // congestion control): late is no promise broken, left out is.
    out.add("readers_still_behind", behind, "");
    if (missed > 0)
      out.broken.push_back(std::to_string(static_cast<std::uint64_t>(missed)) +
                           " messages were left out for readers that stayed, without a word");
  }

  client::event_loop& loop_;
  const target& hosts_;
  const load_options& how_;
  press_shape shape_;
  double rate_ = 0;
  std::optional<client::child_process> worker_;
  std::chrono::nanoseconds cpu_{0}, host_cpu_{0}; // while it presses
};

// Everyone's connection breaks, and all come back at once.
class storm_presser final : public presser {
public:
  storm_presser(client::event_loop& loop, const target& hosts, const load_options& how)
      : loop_(loop), hosts_(hosts), how_(how) {}

  void prepare(report& out) override {
    load_options crowd = how_;
    crowd.members = 50;
    population all = settle_storm(loop_, hosts_, crowd);
    crowd_.emplace(loop_, hosts_, all, crowd);
    out.add("storm_clients", static_cast<double>(how_.clients), "");
    storm_answers first = crowd_->tell("come");
    out.add("storm_first_connect", seconds(first.times.max()), "s", 2);
  }
  void press(const std::function<void()>& middle) override {
    std::chrono::nanoseconds hosts = host_cpu(), crowd = crowd_->cpu();
    tick_time began = steady_now();
    crowd_->tell("break");
    loop_.run_for(how_.warm_up);
    middle();
    back_ = crowd_->tell("come");
    double took = seconds(steady_now() - began);
    host_cores_ = seconds(host_cpu() - hosts) / took;
    crowd_cores_ = seconds(crowd_->cpu() - crowd) / took;
  }
  void release(report& out) override {
    out.add("storm_all_back", seconds(back_.times.max()), "s", 2, better::lower);
    out.add("storm_retries", static_cast<double>(back_.retries), "");
    out.add("host_cores", host_cores_, "", 2);
    out.add("press_cores", crowd_cores_, "", 2);
  }
  void judge(report& out) override {
    std::uint64_t gaps = crowd_->tell("sum").gaps;
    if (gaps > 0)
      out.broken.push_back(std::to_string(gaps) + " messages never came to clients of the storm");
  }

private:
  std::chrono::nanoseconds host_cpu() const {
    return hosts_.usage().value_or(client::process_usage{}).cpu;
  }

  client::event_loop& loop_;
  const target& hosts_;
  const load_options& how_;
  std::optional<storm_crowd> crowd_;
  storm_answers back_;
  double host_cores_ = 0, crowd_cores_ = 0; // while everyone breaks and comes back
};

} // namespace

std::vector<std::string> pressure_names() {
  return {"stalled", "trickle", "flood", "storm"};
}

std::unique_ptr<presser> make_presser(client::event_loop& loop, const target& hosts,
                                      const load_options& how) {
  if (how.presses == "storm")
    return std::make_unique<storm_presser>(loop, hosts, how);
  return std::make_unique<worker_presser>(loop, hosts, how);
}

std::uint64_t pressure_files(const load_options& how) {
  if (how.presses == "storm")
    return storm_files(how);
  press_shape shape = shape_of(how);
  return shape.readers + shape.lines + other_files;
}

} // namespace carillon::bench
