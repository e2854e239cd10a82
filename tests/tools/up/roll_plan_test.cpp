// The order of a rolling change of program, played against a small cluster that does what it is told; and
// taken up again by a tool that knows nothing of what was done before.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tools/up/roll_plan.hpp"

using namespace carillon::up;
using kind = roll_step::kind;

namespace {

roll_sight three(bool can_rest = true) {
  roll_sight out;
  for (const char* name : {"a", "b", "c"})
    out.hosts.push_back({.name = name, .answers = true, .leads = 5, .clients = 10});
  out.ring_leader = "a";
  out.can_rest = can_rest;
  return out;
}

roll_host& host(roll_sight& of, const std::string& name) {
  return *std::find_if(of.hosts.begin(), of.hosts.end(), [&](auto& each) { return each.name == name; });
}

// What the step does to the cluster, all at once.
void obey(roll_sight& cluster, const roll_step& step) {
  roll_host& which = host(cluster, step.host);
  if (step.what == kind::rest) {
    which.rests = true;
    which.leads = 0;
    which.clients = 0;
  } else if (step.what == kind::renew) {
    which.renewed = true;
    if (which.name == cluster.ring_leader)
      cluster.ring_leader = which.name == "a" ? "b" : "a";
  } else if (step.what == kind::take_in) {
    which.rests = false;
    which.leads = 5;
  }
}

std::string play(roll_sight cluster) {
  std::string out;
  for (int i = 0; i < 20; ++i) {
    const roll_step step = next_step(cluster);
    if (step.what == kind::done)
      return out;
    REQUIRE(step.what != kind::wait);
    out += step.what == kind::rest ? " rest " : step.what == kind::renew ? " renew " : " take_in ";
    out += step.host;
    obey(cluster, step);
  }
  return out + " and so on";
}

}  // namespace

TEST_CASE("rolling: one host after the other rests, is renewed and taken in; who leads the ring comes last") {
  CHECK(play(three()) ==
        " rest b renew b take_in b rest c renew c take_in c rest a renew a take_in a");
  CHECK(play(three(false)) == " renew b renew c renew a");
}

TEST_CASE("rolling: a ring whose hosts all run the program is done") {
  roll_sight now = three();
  for (roll_host& each : now.hosts)
    each.renewed = true;
  CHECK(next_step(now).what == kind::done);
  now.lacks = "slot 3 has no leader";  // the last one was taken in a moment ago
  CHECK(next_step(now).what == kind::wait);
}

TEST_CASE("rolling: nothing begins while the ring is not whole, and it says why") {
  roll_sight now = three();
  now.lacks = "c is silent";
  CHECK(next_step(now) == roll_step{kind::wait, "", "c is silent"});
  now.lacks.clear();
  host(now, "c").answers = false;
  CHECK(next_step(now) == roll_step{kind::wait, "", "c starts"});
}

TEST_CASE("rolling: whoever takes it up goes on with the host that rests, at the step where it stands") {
  roll_sight now = three();
  host(now, "c").rests = true;
  CHECK(next_step(now) == roll_step{kind::wait, "", "c leads 5 slots still"});
  host(now, "c").leads = 0;
  CHECK(next_step(now) == roll_step{kind::wait, "", "c has 10 clients still"});
  now.clients_had_time = true;
  CHECK(next_step(now) == roll_step{kind::renew, "c", ""});
  host(now, "c").answers = false;  // it ended by itself before it was told to
  CHECK(next_step(now) == roll_step{kind::renew, "c", ""});
  host(now, "c").renewed = true;
  CHECK(next_step(now) == roll_step{kind::wait, "", "c starts"});
  host(now, "c").answers = true;
  now.lacks = "c is 2000 entries behind in slot 4";
  CHECK(next_step(now) == roll_step{kind::wait, "", "c is 2000 entries behind in slot 4"});
  now.lacks.clear();
  CHECK(next_step(now) == roll_step{kind::take_in, "c", ""});
}

TEST_CASE("rolling: a host that rests is not ended while another one is missing") {
  roll_sight now = three();
  host(now, "c").rests = true;
  host(now, "c").leads = 0;
  host(now, "c").clients = 0;
  now.lacks = "a is silent";
  CHECK(next_step(now) == roll_step{kind::wait, "", "a is silent"});
}

TEST_CASE("rolling: two hosts that rest are for an operator to look at") {
  roll_sight now = three();
  host(now, "a").rests = host(now, "c").rests = true;
  CHECK(next_step(now).what == kind::impossible);
}
