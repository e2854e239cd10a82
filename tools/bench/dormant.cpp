#include <algorithm>
#include <filesystem>

#include "runtime/base/random.hpp"
#include "tools/bench/activation.hpp"
#include "tools/bench/bulk_channels.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

constexpr std::size_t channels_of_each_user = 1'000;

std::uint64_t bytes_below(const std::string& folder) {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    sum += entry.is_regular_file() ? entry.file_size() : 0;
  return sum;
}

// So many of them by chance, each once.
std::vector<post_place> some_of(const std::vector<entity_id>& ids,
                                const std::vector<client::worker>& owners, std::size_t count) {
  seeded_random chance(1);
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < count; ++i)
    numbers.push_back(chance.below(ids.size()));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  for (std::size_t i = numbers.size(); i > 1; --i)
    std::swap(numbers[i - 1], numbers[chance.below(i)]);
  std::vector<post_place> places;
  for (std::size_t number : numbers)
    places.push_back(
        {owners[owner_of(number, ids.size(), owners.size())].token, ids[number].text()});
  return places;
}

} // namespace

report run_dormant(const load_options& how) {
  target_options options = how.host;
  // People by the thousand are taken on before anything is measured: on a busy machine a call may have to
  // wait for the others, and one without an answer would end the run.
  options.settings.emplace_back("edge.request_deadline_ms=60000");
  target hosts(options);
  client::event_loop loop;
  std::size_t people = std::min(how.channels, how.channels / channels_of_each_user + 1);
  auto owners = client::hire(loop, hosts.where(), hosts.admin_token(), people, run_name());
  client::api_client first(loop, hosts.where(), owners.at(0).token);
  auto team = entity_id::parse(std::string(first.call("auth.test").at("team_id").as_string()));

  std::vector<entity_id> ids;
  double writing = 0;
  std::uint64_t disk = 0;
  hosts.while_stopped([&](const std::string& data) {
    auto started = steady_now();
    ids = write_channels({data, team.value_or(entity_id{}), &owners, how.channels, how.text_bytes});
    writing = seconds(steady_now() - started);
    disk = bytes_below(data);
  });
  // The first start reads back the end of what was written from the write-ahead log; the second is
  // like any other.
  tick_time starting;
  hosts.while_stopped([&](const std::string&) { starting = steady_now(); });
  double start = seconds(steady_now() - starting);
  loop.run_for(how.warm_up);
  auto at_start = hosts.usage().value_or(client::process_usage{});

  // Half of them are read, the other half posted to: nobody is woken twice.
  std::size_t wanted = std::min(how.activated, how.channels);
  auto places = some_of(ids, owners, wanted);
  std::span<const post_place> all(places);
  auto call = [&](std::span<const post_place> whom, first_call what) {
    return call_each(loop, hosts, whom, what, how.in_flight, how.text_bytes);
  };
  activations reads = call(all.first(all.size() / 2), first_call::read);
  activations posts = call(all.subspan(all.size() / 2), first_call::post);
  auto after = hosts.usage().value_or(client::process_usage{});

  report out{"dormant", {}, {}};
  double count = static_cast<double>(how.channels);
  out.add("channels", count, "");
  out.add("users", static_cast<double>(people), "");
  out.add("written_per_second", count / writing, "1/s");
  out.add("disk_per_channel", static_cast<double>(disk) / count, "bytes");
  out.add("start", start, "s", 2, better::lower);
  out.add("resident_at_start", static_cast<double>(at_start.resident_bytes) / 1e6, "MB", 1,
          better::lower);
  out.add("activated", static_cast<double>(places.size()), "");
  reads.add_to(out, "read");
  posts.add_to(out, "post");
  out.add("resident", static_cast<double>(after.resident_bytes) / 1e6, "MB", 1, better::lower);
  return out;
}

} // namespace carillon::bench
