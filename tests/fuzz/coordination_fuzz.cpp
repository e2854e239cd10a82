// What others put into ZooKeeper: registrations, founding facts, a view. What is read can be written and
// read again; and a host whose every answer from there is as the input likes neither falls over, nor
// changes a view that it does not lead, nor asks without end.
#include <string>

#include "runtime/base/random.hpp"
#include "runtime/coordination/zookeeper_state.hpp"
#include "runtime/wire/coordination_text.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace carillon;
using namespace carillon::zookeeper;

void read_texts(std::string_view text) {
  if (auto host = wire::read_registration(text)) {
    auto again = wire::read_registration(wire::to_text(*host));
    ENSURE(again && again->SerializeAsString() == host->SerializeAsString(), "a host stays what it is");
  }
  if (auto facts = wire::read_founding(text)) {
    auto again = wire::read_founding(wire::to_text(*facts));
    ENSURE(again && again->SerializeAsString() == facts->SerializeAsString(), "facts stay what they are");
  }
  if (auto view = wire::read_view(text)) {
    auto again = wire::read_view(wire::to_bytes(*view));
    ENSURE(again && again->SerializeAsString() == view->SerializeAsString(), "a view stays what it is");
  }
}

// What is in a node, as a neighbour could have written it, or rubbish.
std::string data_of(fuzz::input& in) {
  const std::uint8_t kind = in.byte() % 5;
  if (kind == 0)
    return std::string(in.text(60));
  wire::founding_record facts;
  facts.set_cluster_name("trial");
  facts.mutable_facts()->set_cluster_id(in.byte() % 3);
  facts.mutable_facts()->add_meta_voters(1);
  facts.mutable_facts()->set_slots(64);
  if (kind == 1)
    return wire::to_text(facts);
  if (kind == 2) {
    wire::host_registration host;
    host.set_cluster_name("trial");
    host.set_slots(64);
    host.mutable_member()->set_name(std::string(1, static_cast<char>('a' + in.byte() % 4)));
    host.mutable_member()->set_store_id(in.byte() % 4);
    host.mutable_member()->set_starts(in.byte() % 4);
    return wire::to_text(host);
  }
  wire::view_record view;
  view.set_cluster_id(in.byte() % 3);
  view.set_fence(in.byte());
  view.mutable_view()->set_generation(in.byte());
  return kind == 3 ? wire::to_bytes(view) : std::string();
}

void live_with(fuzz::input in) {
  zk_options how{.servers = "zk:1", .root = "/chat", .myself = {}, .hosts_to_found = 2};
  how.myself.set_cluster_name("trial");
  how.myself.set_slots(64);
  how.myself.mutable_member()->set_name("a");
  how.myself.mutable_member()->set_store_id(1);
  how.myself.mutable_member()->set_starts(2);
  seeded_random random(1);
  std::optional<wire::founding_facts> facts;
  if (in.byte() % 2 == 0) {
    facts.emplace();
    facts->set_cluster_id(1);
    facts->add_meta_voters(1);
    facts->set_slots(64);
  }
  zookeeper_state it(how, facts, random);
  tick_time now{};
  std::vector<zk_request> asked;
  bool founded = facts.has_value(), changing = false;
  auto collect = [&] {
    zk_effects out = it.take_effects();
    for (auto& each : out.requests)
      asked.push_back(std::move(each));
    ENSURE(!out.founded || !founded, "a cluster is found once");
    founded = founded || out.founded;
    ENSURE(!out.changed || changing, "a change has one outcome");
    if (out.changed)
      changing = false;
    ENSURE(it.take_effects().empty(), "what was taken is gone");
    ENSURE(asked.size() < 4'000, "questions are bounded by answers");
  };
  collect();
  while (!in.empty()) {
    switch (in.byte() % 8) {
      case 0:
        it.session(zk_session::connected, 1 + in.byte() % 3, now);
        break;
      case 1:
        it.session(in.byte() % 2 ? zk_session::lost : zk_session::expired, 0, now);
        break;
      case 2:
        it.run(in.byte() % 4 != 0, now);
        break;
      case 3:
        now += std::chrono::milliseconds(in.number(2));
        it.tick(now);
        break;
      case 4:
        if (!asked.empty())
          it.fired(asked[in.byte() % asked.size()].path, now);
        break;
      case 5:
        if (it.lease() && !changing) {
          wire::ring_view next;
          next.set_generation(in.byte());
          changing = true;
          it.change(next, now);
        }
        break;
      default: {
        if (asked.empty())
          break;
        const std::size_t which = in.byte() % asked.size();
        zk_reply reply{.id = asked[which].id};
        reply.code = static_cast<zk_code>(in.byte() % 7);
        reply.owner = in.byte() % 4;
        reply.made = in.byte();
        reply.version = in.byte();
        reply.data = in.byte() % 3 == 0 && asked[which].path == "/chat/hosts/a"
                         ? wire::to_text(how.myself)
                         : data_of(in);
        for (int i = in.byte() % 4; i > 0; --i)
          reply.children.push_back(in.byte() % 2 ? std::string(in.text(20))
                                                 : "0000000000000001-a-000000000" + std::to_string(in.byte() % 10));
        asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(which));
        it.replied(reply, now);
      }
    }
    collect();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  if (in.byte() % 2 == 0)
    read_texts(in.rest());
  else
    live_with(in);
  return 0;
}
