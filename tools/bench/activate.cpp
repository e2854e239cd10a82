#include "runtime/base/random.hpp"
#include "tools/bench/activation.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

constexpr std::size_t channels_of_each_user = 500;

// So that neighbours on the disk are not woken one after the other.
void shuffle(std::vector<post_place>& places) {
  seeded_random chance(1);
  for (std::size_t i = places.size(); i > 1; --i)
    std::swap(places[i - 1], places[chance.below(i)]);
}

} // namespace

report run_activate(const load_options& how) {
  target hosts(how.host);
  client::event_loop loop;
  std::size_t people = how.channels / channels_of_each_user + 1;
  population all = settle(loop, hosts, people, how.channels, 1);
  auto places = all.places(0);
  shuffle(places);
  auto call = [&](first_call what) {
    return call_each(loop, hosts, places, what, how.in_flight, how.text_bytes);
  };
  call(first_call::post); // what there is to be read
  auto cold = [&](first_call what) {
    hosts.restart();
    loop.run_for(how.warm_up);
    return call(what);
  };
  activations reads = cold(first_call::read);
  activations warm_reads = call(first_call::read);
  activations posts = cold(first_call::post);
  activations warm_posts = call(first_call::post);

  report out{"activate", {}, {}};
  out.add("channels", static_cast<double>(how.channels), "");
  out.add("in_flight", static_cast<double>(how.in_flight), "");
  reads.add_to(out, "read");
  warm_reads.add_to(out, "warm_read");
  posts.add_to(out, "post");
  warm_posts.add_to(out, "warm_post");
  return out;
}

} // namespace carillon::bench
