// Tokens: only their hashes are here, as 64 hex digits.
#include "storage/directory_users.hpp"

namespace carillon::storage {
namespace {

constexpr std::size_t hash_bytes = 32;
constexpr std::size_t beginning_min_bytes = 6;  // of a hash: enough to mean one token

token_kind stored_kind(int number) {
  if (number < 0 || number > static_cast<int>(token_kind::app))
    throw soci::soci_error("not a kind of token: " + std::to_string(number));
  return static_cast<token_kind>(number);
}

struct token_columns {
  using row_type = token_row;
  static constexpr const char* list =
      "tokens.hash, tokens.\"user\", tokens.team, tokens.scopes, tokens.device, tokens.kind,"
      " tokens.created, tokens.expires";
  std::string hash, user, team, scopes, device;
  int kind = 0;
  unsigned long long created = 0, expires = 0;

  void bind(soci::statement& statement) {
    for (std::string* text : {&hash, &user, &team, &scopes, &device})
      statement.exchange(soci::into(*text));
    statement.exchange(soci::into(kind));
    statement.exchange(soci::into(created));
    statement.exchange(soci::into(expires));
  }
  token_row row() const {
    return {.hash = stored_bytes(hash),
            .user = stored_id(user),
            .team = stored_id(team),
            .kind = stored_kind(kind),
            .scopes = scopes,
            .device = device,
            .created = created,
            .expires = expires};
  }
};

struct principal_columns {
  using row_type = principal;
  token_columns token;
  user_columns user;
  std::string team_name, team_domain;

  void bind(soci::statement& statement) {
    token.bind(statement);
    user.bind(statement);
    statement.exchange(soci::into(team_name));
    statement.exchange(soci::into(team_domain));
  }
  principal row() const {
    return {.token = token.row(),
            .user = user.row(),
            .team_name = team_name,
            .team_domain = team_domain};
  }
};

}  // namespace

status sql_directory::add_token(const token_row& token) {
  return sql_.guarded("adding a token", [&]() -> status {
    auto user = user_by_id(token.user);
    if (!user)
      return user.error();
    if (!*user)
      return make_error(errc::user_not_found, token.user.text());
    int kind = static_cast<int>(token.kind);
    unsigned long long created = token.created, expires = token.expires;
    change(sql_,
           "INSERT INTO tokens (hash, \"user\", team, kind, scopes, device, created, expires)"
           " VALUES (:hash, :user, :team, :kind, :scopes, :device, :created, :expires)",
           to_hex(token.hash), token.user.text(), token.team.text(), kind, token.scopes,
           token.device, created, expires);
    return ok;
  });
}

result<std::optional<principal>> sql_directory::find_token(const std::string& hash) const {
  return sql_.looking("finding a token", [&]() -> result<std::optional<principal>> {
    const std::string select =
        "SELECT " + std::string(token_columns::list) + ", " + user_columns::list +
        ", teams.name, teams.domain FROM tokens JOIN users ON users.id = tokens.\"user\""
        " JOIN teams ON teams.id = users.team WHERE tokens.hash ";
    if (hash.size() >= hash_bytes)
      return read_row<principal_columns>(sql_, select + "= :hash", to_hex(hash));
    if (hash.size() < beginning_min_bytes)
      return std::optional<principal>();
    const std::string begin = to_hex(hash), behind = begin + 'g';  // the letter after all of hex
    auto found = read_rows<principal_columns>(
        sql_, select + ">= :begin AND tokens.hash < :behind", begin, behind);
    if (found.size() > 1)
      return make_error(errc::invalid_arguments, "several tokens begin so: one of them is named by its whole text");
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  });
}

status sql_directory::revoke_token(const std::string& hash) {
  return sql_.guarded("revoking a token", [&]() -> status {
    if (change(sql_, "DELETE FROM tokens WHERE hash = :hash", to_hex(hash)) == 0)
      return make_error(errc::not_found, "no such token");
    return ok;
  });
}

result<std::uint64_t> sql_directory::revoke_tokens_of(entity_id user) {
  return sql_.guarded("revoking a user's tokens", [&]() -> result<std::uint64_t> {
    return static_cast<std::uint64_t>(
        change(sql_, "DELETE FROM tokens WHERE \"user\" = :user", user.text()));
  });
}

result<std::vector<token_row>> sql_directory::tokens_of(entity_id user) const {
  return sql_.looking("listing tokens", [&]() -> result<std::vector<token_row>> {
    return read_rows<token_columns>(
        sql_,
        "SELECT " + std::string(token_columns::list) +
            " FROM tokens WHERE \"user\" = :user ORDER BY created, hash",
        user.text());
  });
}

}  // namespace carillon::storage
