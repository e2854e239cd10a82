// Asks a run's hosts how they are, while posters and subscribers go on. One thread: the loop's.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/wire/event.pb.h"
#include "tools/chaos/crowd.hpp"
#include "tools/chaos/ring_errand.hpp"
#include "tools/chaos/stage.hpp"

namespace carillon::chaos {

class host_asker {
public:
  static constexpr std::chrono::milliseconds patient{1'000}, quick{300};

  host_asker(client::event_loop& loop, stage& where) : loop_(loop), stage_(where) {}
  // These go on meanwhile, from now on. They must outlive it.
  void accompany(crowd& people) { crowd_ = &people; }

  cluster::host_health ask(std::size_t host, std::chrono::milliseconds at_most);
  bool all_are_well();
  // Through any host that answers. False: nobody took it.
  bool order_ring(std::size_t host, wire::host_intent wish);
  // Nothing: nobody answered.
  std::optional<ring_place> place_of(std::size_t host);
  // " host a well host b silent": what each says now.
  std::string words_of_all();
  // What is not well with these, each behind a comma: whoever reads it sees that a fault bit.
  std::string complaints_of(const std::vector<std::size_t>& hosts);
  // By place in the crowd's list; of hosts that answer. REQUIRES: accompany() was called.
  std::set<std::size_t> channels_led_by(const std::vector<std::size_t>& hosts);

private:
  bool is_expected(std::size_t host);
  // The ring as any host has it, after this word ("": none). Nothing: nobody answered with 200.
  std::optional<wire::ring_view> ask_ring(const std::string& order);
  void wait_for(const bool& answered, std::chrono::milliseconds at_most);

  client::event_loop& loop_;
  stage& stage_;
  crowd* crowd_ = nullptr;
};

} // namespace carillon::chaos
