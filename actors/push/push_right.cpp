#include "actors/push/push_right.hpp"

#include "runtime/push/push_message.hpp"

namespace carillon {

result<push_facts> read_push_facts(const storage::directory& directory, const wire::push_target& target) {
  push_facts out;
  const auto via = push::provider_named(target.provider());
  if (!via)
    return out;
  auto claim = directory.find_push_claim(push::endpoint_hash({*via, target.token(), {}, {}}));
  if (!claim)
    return claim.error();
  out.claim = std::move(*claim);
  if (!out.claim)
    return out;
  auto session = directory.find_token(out.claim->session);
  if (!session)
    return session.error();
  out.session = std::move(*session);
  return out;
}

push_right right_of(const wire::push_target& target, const entity_id& user, const push_facts& known, timestamp now) {
  using kind = push_right::kind;
  const auto& claim = known.claim;
  if (!claim)
    return {};
  // Who wrote the target had seen its claim. The token of a claim's session was there before it.
  if (claim->at < target.claim())
    return {kind::not_known, "the directory of this host is behind"};
  if (claim->user != user || claim->device != target.device())
    return {kind::gone, "it was registered as another one's since"};
  const auto& session = known.session;
  if (!session || (session->token.expires != 0 && session->token.expires <= now / 1'000'000))
    return {kind::gone, "the session that registered it is over"};
  if (session->user.disabled)
    return {kind::gone, "its user is disabled"};
  return {};
}

}  // namespace carillon
