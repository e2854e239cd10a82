// Something presses on the host, and a polite group of others, in a channel of their own, is measured
// before and meanwhile; afterwards everything that was acknowledged to anyone is looked for in history.
#include "tools/bench/listener.hpp"
#include "tools/bench/open_posts.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/pressure/host_look.hpp"
#include "tools/bench/pressure/presser.hpp"
#include "tools/bench/pressure/told_posts.hpp"
#include "tools/bench/workloads.hpp"
#include "tools/faults/host_shim.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::seconds patience{30};

// Those who are measured: posts at a given rate, and everyone who reads them.
class others {
public:
  others(client::event_loop& loop, const target& hosts, const load_options& how)
      : loop_(loop), hosts_(hosts),
        all_(settle(loop, hosts, how.members, 1, how.members, run_name() + "o")),
        listeners_(connect_all(loop, hosts.hosts(), all_.people, deliveries_)),
        places_(all_.places(how.posters)),
        posts_(loop, hosts, places_, how.posters, how.text_bytes, tally_) {
    posts_.tell([this](std::uint32_t writer, const client::http_response_view* response) {
      told_.hear(writer, response);
    });
    posts_.start(how.rate);
  }

  struct times {
    histogram delivery;
    histogram post;
  };
  template <class Work>
  times measure(const Work& meanwhile) {
    deliveries_.latency = tally_.latency = {};
    deliveries_.measuring = tally_.measuring = true;
    meanwhile();
    deliveries_.measuring = tally_.measuring = false;
    return {deliveries_.latency, tally_.latency};
  }

  void stop() {
    posts_.stop();
    stop_posting(loop_, tally_);
  }

  // All posts have come to all members, and stand in history.
  void judge(report& out) {
    std::uint64_t expected = tally_.acknowledged * all_.members;
    loop_.run_until([&] { return deliveries_.delivered >= expected; }, patience);
    out.add("others_refused", static_cast<double>(tally_.refused), "");
    out.add("others_lost", static_cast<double>(tally_.lost), "");
    if (!tally_.first_refusal.empty())
      out.shown.push_back("first refusal of the others: " + tally_.first_refusal);
    if (deliveries_.gaps > 0 || deliveries_.delivered < expected)
      out.broken.push_back(std::to_string(deliveries_.delivered) + " deliveries to the others of " +
                           std::to_string(expected) + ", " + std::to_string(deliveries_.gaps) + " gaps");
    chaos::counted verdict;
    told_.judge(loop_, hosts_.where(), all_.people.front().token, all_.channels.front(), verdict);
    add_verdict(out, "others", verdict);
  }

private:
  client::event_loop& loop_;
  const target& hosts_;
  population all_;
  delivery_tally deliveries_;
  std::vector<std::unique_ptr<listener>> listeners_;
  post_tally tally_;
  std::vector<post_place> places_;
  open_posts posts_;
  told_posts told_;
};

// The host's disk, made slow where that is wanted.
class slow_disk {
public:
  explicit slow_disk(const load_options& how) {
    if (how.presses != "flood" || how.fsync_ms == 0)
      return;
    if (!how.host.url.empty() || how.host.hosts > 1)
      throw client::client_error("a slow disk has one host of our own: --fsync-ms 0");
    if (auto why = faults::host_shim::obstacle())
      throw client::client_error("the host's disk cannot be slowed: " + *why);
    folder_.emplace();
    shim_ = std::make_unique<faults::host_shim>(folder_->path() + "/disk.shim");
    delay_ = std::chrono::milliseconds(how.fsync_ms);
  }
  std::vector<std::string> environment() const {
    return shim_ ? shim_->environment() : std::vector<std::string>();
  }
  void slow_down() {
    if (shim_)
      shim_->set({.sync_delay = delay_, .clock_offset = {}});
  }
  void recover() {
    if (shim_)
      shim_->set({});
  }

private:
  std::optional<client::scratch_folder> folder_;
  std::unique_ptr<faults::host_shim> shim_;
  std::chrono::milliseconds delay_{0};
};

void add_times(report& out, const std::string& name, const histogram& times) {
  report all;
  all.add_latency(name, times);
  for (const char* which : {"_p50", "_p99", "_max"})
    out.figures.push_back(*all.find(name + which));
  out.curves.push_back(all.curves.front());
}

void add_ratio(report& out, const std::string& what) {
  double before = out.at("others_" + what + "_before_p99");
  out.add("others_" + what + "_p99_to_before", out.at("others_" + what + "_during_p99") / before, "", 2,
          better::lower);
}

void add_memory(report& out, const load_options& how, std::uint64_t peak) {
  double most = static_cast<double>(peak) / (1 << 20);
  out.add("memory_peak", most, "MB", 0, better::lower);
  if (how.ceiling_mb == 0)
    return;
  double ceiling = static_cast<double>(how.ceiling_mb);
  out.add("memory_ceiling", ceiling, "MB");
  out.add("memory_peak_to_ceiling", most / ceiling, "", 2, better::lower);
  if (most > ceiling)
    out.broken.push_back("memory rose to " + std::to_string(static_cast<std::uint64_t>(most)) +
                         " MB, past the ceiling of " + std::to_string(how.ceiling_mb) + " MB");
}

} // namespace

report run_pressure(const load_options& how) {
  allow_open_files(pressure_files(how)); // inherited by hosts and load
  slow_disk disk(how);
  target_options options = how.host;
  options.environment = disk.environment();
  if (how.ceiling_mb > 0)
    options.settings.push_back("host.memory_max_mb=" + std::to_string(how.ceiling_mb));
  target hosts(options);
  client::event_loop loop;
  report out{"pressure", {}, {}};
  auto press = make_presser(loop, hosts, how);
  auto group = std::make_unique<others>(loop, hosts, how);
  disk.slow_down();
  press->prepare(out);
  host_look look(loop, hosts);
  loop.run_for(how.warm_up);

  others::times before = group->measure([&] { loop.run_for(how.duration); });
  others::times during = group->measure(
      [&] { press->press([&] { look.inspect_in(std::chrono::milliseconds(0)); }); });
  std::uint64_t peak = hosts.peak_resident_bytes();
  look.wait_for_inspector(loop);
  out.shown = look.lines();
  press->release(out);
  disk.recover();
  others::times after = group->measure([&] { loop.run_for(how.warm_up); });
  group->stop();
  press->judge(out);
  group->judge(out);
  peak = std::max(peak, hosts.peak_resident_bytes());

  for (auto [when, measured] : {std::pair("before", &before), {"during", &during}, {"after", &after}}) {
    add_times(out, std::string("others_delivery_") + when, measured->delivery);
    add_times(out, std::string("others_post_") + when, measured->post);
  }
  add_ratio(out, "delivery");
  add_ratio(out, "post");
  add_memory(out, how, peak);
  return out;
}

} // namespace carillon::bench
