// The tables and their versions, and what a directory starts with.
#include <algorithm>
#include <array>
#include <iterator>

#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

// Written for SQLite; for_postgres() makes of it what PostgreSQL wants.
struct schema_statement {
  const char* sql;
  bool sqlite_only = false;
  schema_statement(const char* text, bool only = false) : sql(text), sqlite_only(only) {}
};
using statements = std::vector<schema_statement>;

// Step n brings a file of version n to version n + 1. A step that has been released is never
// changed: later wishes are new steps at the end.
const std::vector<statements>& migrations() {
  static const std::vector<statements> steps = {
      {
          "CREATE TABLE teams ("
          " id TEXT PRIMARY KEY,"
          " name TEXT NOT NULL,"
          " folded_name TEXT NOT NULL UNIQUE,"  // fold_case(name)
          " domain TEXT NOT NULL UNIQUE,"
          " created INTEGER NOT NULL,"
          " general TEXT NOT NULL,"
          " is_default INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",

          "CREATE TABLE users ("
          " id TEXT PRIMARY KEY,"
          " team TEXT NOT NULL REFERENCES teams(id),"
          " name TEXT NOT NULL,"   // folded
          " email TEXT NOT NULL,"  // folded; '' for none
          " real_name TEXT NOT NULL,"
          " profile TEXT NOT NULL,"
          " tz TEXT NOT NULL,"
          " owner INTEGER NOT NULL,"
          " admin INTEGER NOT NULL,"
          " bot INTEGER NOT NULL,"
          " disabled INTEGER NOT NULL,"
          " bot_id TEXT NOT NULL,"  // '' for people
          " password TEXT NOT NULL,"
          " created INTEGER NOT NULL,"
          " updated INTEGER NOT NULL)",
          "CREATE UNIQUE INDEX users_by_name ON users(team, name)",
          "CREATE UNIQUE INDEX users_by_email ON users(team, email) WHERE email <> ''",
          "CREATE UNIQUE INDEX users_by_bot ON users(bot_id) WHERE bot_id <> ''",
          "CREATE INDEX users_by_team ON users(team, id)",

          "CREATE TABLE tokens ("
          " hash TEXT PRIMARY KEY,"  // 64 hex digits
          " \"user\" TEXT NOT NULL REFERENCES users(id),"
          " team TEXT NOT NULL,"
          " kind INTEGER NOT NULL,"
          " scopes TEXT NOT NULL,"
          " device TEXT NOT NULL,"
          " created INTEGER NOT NULL,"
          " expires INTEGER NOT NULL) WITHOUT ROWID",
          "CREATE INDEX tokens_by_user ON tokens(\"user\", created)",

          "CREATE TABLE channels ("
          " id TEXT PRIMARY KEY,"
          " team TEXT NOT NULL REFERENCES teams(id),"
          " name TEXT NOT NULL,"
          " is_private INTEGER NOT NULL,"
          " archived INTEGER NOT NULL,"
          " general INTEGER NOT NULL,"
          " creator TEXT NOT NULL,"
          " created INTEGER NOT NULL,"
          " updated INTEGER NOT NULL,"
          " topic TEXT NOT NULL,"
          " purpose TEXT NOT NULL,"
          " facts TEXT NOT NULL,"  // bytes
          " member_count INTEGER NOT NULL,"
          " reserved INTEGER NOT NULL)",
          "CREATE INDEX channels_listed ON channels(team, is_private, id) WHERE reserved = 0",

          // Who holds which name: the channel's name (reserved_at 0), or a name that is about to
          // be one (microseconds of the reservation). Here, not in channels, because a channel
          // holds two names while it is renamed.
          "CREATE TABLE channel_names ("
          " team TEXT NOT NULL,"
          " name TEXT NOT NULL,"
          " channel TEXT NOT NULL,"
          " reserved_at INTEGER NOT NULL,"
          " PRIMARY KEY (team, name)) WITHOUT ROWID",
          "CREATE INDEX channel_names_by_channel ON channel_names(channel)",
      },
      {
          // What all hosts share: secret_key (hexadecimal), admin_token.
          "CREATE TABLE settings ("
          " name TEXT PRIMARY KEY,"
          " value TEXT NOT NULL) WITHOUT ROWID",

          // Bytes are hexadecimal everywhere: channels.facts was the exception.
          {"UPDATE channels SET facts = lower(hex(facts))", true},

          // How far the meta group's log is applied here; one row.
          {"CREATE TABLE meta_applied (log_index INTEGER NOT NULL)", true},
          {"INSERT INTO meta_applied VALUES (0)", true},

          // What came of the latest commands, for those that were committed twice.
          {"CREATE TABLE meta_requests ("
           " log_index INTEGER PRIMARY KEY,"
           " request_id TEXT NOT NULL UNIQUE,"  // 32 hexadecimal digits
           " code INTEGER NOT NULL,"            // directory_outcome.errc
           " detail TEXT NOT NULL,"
           " number INTEGER NOT NULL)",
           true},
      },
  };
  return steps;
}

// Tables that stand beside the others and change nothing of them: programs that do not know them pass them
// over, so they need no version, and hosts may go back to such a program.
const statements& tables_beside() {
  static const statements all = {
      "CREATE TABLE IF NOT EXISTS push_claims ("
      " endpoint TEXT PRIMARY KEY,"  // 64 hex digits
      " \"user\" TEXT NOT NULL,"
      " device TEXT NOT NULL,"
      " session TEXT NOT NULL,"  // a token's hash; not a reference: a claim outlives it
      " at INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE INDEX IF NOT EXISTS push_claims_by_user ON push_claims(\"user\", at)",
  };
  return all;
}

// PostgreSQL's INTEGER has 32 bits, and its texts compare as the server's language has it.
std::string for_postgres(std::string sql) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> words{
      {{" INTEGER", " BIGINT"}, {" TEXT", " TEXT COLLATE \"C\""}, {" WITHOUT ROWID", ""}}};
  for (const auto& [ours, theirs] : words)
    for (std::size_t at = sql.find(ours); at != std::string::npos;
         at = sql.find(ours, at + theirs.size()))
      sql.replace(at, ours.size(), theirs);
  return sql;
}

}  // namespace

std::string id_list(const std::vector<entity_id>& sorted, std::size_t begin, std::size_t end) {
  std::string out = "(";
  for (std::size_t i = begin; i < end; ++i)
    out += (i == begin ? "'" : ",'") + sorted[i].text() + "'";
  return out + ")";
}

entity_id stored_id(const std::string& text) {
  if (text.empty())
    return {};
  auto id = entity_id::parse(text);
  if (!id)
    throw soci::soci_error("not an id: " + text);
  return *id;
}

sql_directory::sql_directory(const std::string& path, sql_connection::access how)
    : sql_(sql_connection::sqlite(path, how)) {}

sql_directory::sql_directory(const server& at)
    : sql_(sql_connection::postgres(at.connection, at.presence)) {}

status sql_directory::prepare() {
  return sql_.guarded("opening", [&]() -> status {
    // Two processes that open a new database make its tables one after the other.
    unit_of_work all(sql_);
    change(sql_, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
    if (!read_row<number_column>(sql_, "SELECT version FROM schema_version"))
      change(sql_, "INSERT INTO schema_version VALUES (0)");
    long long version = *read_row<number_column>(sql_, "SELECT version FROM schema_version");
    auto known = static_cast<long long>(migrations().size());
    if (version < 0 || version > known)
      return make_error(errc::invalid_config,
                        "directory, opening: the tables have schema version " +
                            std::to_string(version) + ", this program knows 1 to " +
                            std::to_string(known) + ": a newer carillond wrote it");
    const auto carry_out = [&](const statements& all) {
      for (const schema_statement& statement : all) {
        if (!sql_.is_postgres())
          change(sql_, statement.sql);
        else if (!statement.sqlite_only)
          change(sql_, for_postgres(statement.sql));
      }
    };
    for (auto step = version; step < known; ++step)
      carry_out(migrations()[static_cast<std::size_t>(step)]);
    carry_out(tables_beside());
    if (version < known)
      change(sql_, "UPDATE schema_version SET version = :v", known);
    all.commit();
    return ok;
  });
}

status sql_directory::found(const founding& first) {
  return sql_.guarded("founding", [&]() -> status {
    unit_of_work all(sql_);
    if (*read_row<number_column>(sql_, "SELECT count(*) FROM teams WHERE is_default = 1") == 0) {
      insert_team({.id = first.default_team_id,
                   .name = first.default_team,
                   .domain = {},
                   .created = first.now / 1'000'000,
                   .general = first.general_id});
      change(sql_, "UPDATE teams SET is_default = 1 WHERE id = :id", first.default_team_id.text());
    }
    auto keep = [&](const std::string& name, const std::string& value) {
      if (!value.empty())
        change(sql_,
               "INSERT INTO settings (name, value) VALUES (:name, :value)"
               " ON CONFLICT (name) DO NOTHING",
               name, value);
    };
    keep("secret_key", to_hex(first.secret_key));
    keep("admin_token", first.admin_token);
    all.commit();
    return ok;
  });
}

result<std::string> sql_directory::setting(const std::string& name) const {
  return sql_.looking("reading a setting", [&]() -> result<std::string> {
    auto value = read_row<text_column>(sql_, "SELECT value FROM settings WHERE name = :name", name);
    if (!value)
      return std::string();
    return name == "secret_key" ? stored_bytes(*value) : *value;
  });
}

}  // namespace carillon::storage
