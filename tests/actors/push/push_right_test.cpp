// Whose pushes go to an endpoint: its last owner's, while the session lasts that registered it.
#include "actors/push/push_right.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

const entity_id gil{id_kind::user, 1}, hal{id_kind::user, 2};
constexpr timestamp now = 1'700'000'000'000'000;

using kind = push_right::kind;

wire::push_target phone(timestamp claim = 10) {
  wire::push_target out;
  out.set_device("phone");
  out.set_provider("webhook");
  out.set_token("t");
  out.set_claim(claim);
  return out;
}

push_facts good() {
  push_facts out;
  out.claim = storage::push_claim{"hash", gil, "phone", "session", 10};
  out.session.emplace();
  return out;
}

kind right(const wire::push_target& target, const push_facts& known) {
  return right_of(target, gil, known, now).what;
}

TEST_CASE("push right: the device of who registered it last, with a session that lasts, is told") {
  CHECK(right(phone(), good()) == kind::told);
  CHECK(right(phone(0), {}) == kind::told);   // from before anybody claimed endpoints
  CHECK(right(phone(), {}) == kind::told);    // so long ago that it is not known any more
}

TEST_CASE("push right: an endpoint that another user, or another device of theirs, registered since is gone") {
  for (const timestamp claim : {0u, 9u, 10u}) {
    push_facts known = good();
    known.claim->user = hal;
    CHECK(right(phone(claim), known) == kind::gone);
    known = good();
    known.claim->device = "tab";
    CHECK(right(phone(claim), known) == kind::gone);
  }
}

TEST_CASE("push right: a directory that does not have the claim of the registration yet says nothing of it") {
  push_facts known = good();
  known.claim->user = hal;
  CHECK(right(phone(11), known) == kind::not_known);
  CHECK(right(phone(10), known) == kind::gone);
  known = good();
  known.session.reset();
  CHECK(right(phone(11), known) == kind::not_known);
}

TEST_CASE("push right: what was registered with a token ends with it") {
  push_facts known = good();
  known.session.reset();
  CHECK(right(phone(), known) == kind::gone);
  known = good();
  known.session->token.expires = now / 1'000'000;
  CHECK(right(phone(), known) == kind::gone);
  known.session->token.expires += 1;
  CHECK(right(phone(), known) == kind::told);
  known.session->user.disabled = true;
  CHECK(right(phone(), known) == kind::gone);
}

}  // namespace
}  // namespace carillon::test
