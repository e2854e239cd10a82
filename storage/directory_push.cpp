// Whose endpoints of pushes are: only their hashes are here, as 64 hex digits.
#include <algorithm>

#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

struct claim_columns {
  using row_type = push_claim;
  std::string endpoint, user, device, session;
  unsigned long long at = 0;

  void bind(soci::statement& statement) {
    for (std::string* text : {&endpoint, &user, &device, &session})
      statement.exchange(soci::into(*text));
    statement.exchange(soci::into(at));
  }
  push_claim row() const {
    return {.endpoint = stored_bytes(endpoint), .user = stored_id(user), .device = device,
            .session = stored_bytes(session), .at = at};
  }
};

}  // namespace

result<timestamp> sql_directory::claim_push(const push_claim& claim) {
  return sql_.guarded("claiming an endpoint of pushes", [&]() -> result<timestamp> {
    unit_of_work all(sql_);
    auto before = find_push_claim(claim.endpoint);
    if (!before)
      return before.error();
    const std::string user = claim.user.text();
    unsigned long long at = *before ? std::max(claim.at, (*before)->at + 1) : claim.at;
    change(sql_,
           "INSERT INTO push_claims (endpoint, \"user\", device, session, at)"
           " VALUES (:endpoint, :user, :device, :session, :at)"
           " ON CONFLICT (endpoint) DO UPDATE SET \"user\" = excluded.\"user\","
           " device = excluded.device, session = excluded.session, at = excluded.at",
           to_hex(claim.endpoint), user, claim.device, to_hex(claim.session), at);
    int kept = push_claims_max;
    change(sql_,
           "DELETE FROM push_claims WHERE \"user\" = :user AND endpoint NOT IN"
           " (SELECT endpoint FROM push_claims WHERE \"user\" = :same ORDER BY at DESC, endpoint LIMIT :kept)",
           user, user, kept);
    all.commit();
    return timestamp{at};
  });
}

result<std::optional<push_claim>> sql_directory::find_push_claim(const std::string& endpoint) const {
  return sql_.looking("finding whose an endpoint is", [&]() -> result<std::optional<push_claim>> {
    return read_row<claim_columns>(
        sql_, "SELECT endpoint, \"user\", device, session, at FROM push_claims WHERE endpoint = :endpoint",
        to_hex(endpoint));
  });
}

}  // namespace carillon::storage
