// The file: opening it, its tables and their versions, and what SQLite's failures mean to us.
#include <algorithm>

#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

// SQLite's result codes (the low byte; they are part of its file format's documentation and fixed).
constexpr int sqlite_busy = 5;
constexpr int sqlite_locked = 6;
constexpr int sqlite_readonly = 8;
constexpr int sqlite_ioerr = 10;
constexpr int sqlite_corrupt = 11;
constexpr int sqlite_full = 13;
constexpr int sqlite_cantopen = 14;
constexpr int sqlite_constraint = 19;
constexpr int sqlite_notadb = 26;

using statements = std::vector<const char*>;

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
          " user TEXT NOT NULL REFERENCES users(id),"
          " team TEXT NOT NULL,"
          " kind INTEGER NOT NULL,"
          " scopes TEXT NOT NULL,"
          " device TEXT NOT NULL,"
          " created INTEGER NOT NULL,"
          " expires INTEGER NOT NULL) WITHOUT ROWID",
          "CREATE INDEX tokens_by_user ON tokens(user, created)",

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
  };
  return steps;
}

errc code_of(int sqlite_code, std::string_view words) {
  switch (sqlite_code & 0xff) {
  case sqlite_busy:
  case sqlite_locked:
  case sqlite_readonly:
  case sqlite_ioerr:
  case sqlite_full:
  case sqlite_cantopen:
    return errc::storage_unavailable;
  case sqlite_corrupt:
  case sqlite_notadb:
    return errc::corrupt_record;
  case sqlite_constraint:
    // "UNIQUE constraint failed: users.team, users.email"
    if (words.find("UNIQUE") == std::string_view::npos)
      return errc::internal_error;
    if (words.find("users.email") != std::string_view::npos)
      return errc::email_taken;
    if (words.find("name") != std::string_view::npos ||
        words.find("domain") != std::string_view::npos)
      return errc::name_taken;
    return errc::internal_error;
  default:
    return errc::internal_error;
  }
}

}  // namespace

error directory_error(std::string_view doing, const soci::soci_error& failure) {
  std::string words = failure.what();
  // SOCI appends the statement with its bound values, among them password hashes.
  words.resize(std::min(words.find(" while "), words.size()));
  errc code = errc::corrupt_record;  // without a code of SQLite: a stored value we cannot read
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&failure))
    code = code_of(sqlite->result(), words);
  return make_error(code, "directory, " + std::string(doing) + ": " + words);
}

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

sql_directory::sql_directory(const std::string& path)
    : sql_(soci::sqlite3, "db=\"" + path + "\" timeout=5") {
  // Readers (backups, sqlite3 on the command line) never wait for us with a write-ahead log, and
  // FULL syncs it at every commit: what we acknowledge survives a power cut.
  change(sql_, "PRAGMA journal_mode = WAL");
  change(sql_, "PRAGMA synchronous = FULL");
  change(sql_, "PRAGMA foreign_keys = ON");
}

status sql_directory::prepare(const founding& first) {
  return guarded("opening", [&]() -> status {
    // IMMEDIATE: two processes that open a new file found it one after the other.
    change(sql_, "BEGIN IMMEDIATE");
    change(sql_, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
    if (!read_row<number_column>(sql_, "SELECT version FROM schema_version"))
      change(sql_, "INSERT INTO schema_version VALUES (0)");
    long long version = *read_row<number_column>(sql_, "SELECT version FROM schema_version");
    auto known = static_cast<long long>(migrations().size());
    if (version < 0 || version > known) {
      change(sql_, "ROLLBACK");
      return make_error(errc::storage_unavailable,
                        "directory, opening: the file has schema version " +
                            std::to_string(version) + ", this program knows 1 to " +
                            std::to_string(known) + ": a newer carillond wrote it");
    }
    for (auto step = version; step < known; ++step)
      for (const char* statement : migrations()[static_cast<std::size_t>(step)])
        change(sql_, statement);
    if (version < known)
      change(sql_, "UPDATE schema_version SET version = :v", known);
    if (version == 0) {
      insert_team({.id = first.default_team_id,
                   .name = first.default_team,
                   .domain = {},
                   .created = first.now / 1'000'000,
                   .general = first.general_id});
      change(sql_, "UPDATE teams SET is_default = 1");
    }
    change(sql_, "COMMIT");
    return ok;
  });
}

result<std::unique_ptr<directory>> directory::open(const std::string& path, const founding& first) {
  // SOCI's connection text has no way to write this character.
  if (path.find('"') != std::string::npos)
    return make_error(errc::invalid_config, path + ": must be a path without '\"'");
  return guarded("opening " + path, [&]() -> result<std::unique_ptr<directory>> {
    // SQLite would make the file readable for everybody; its side files take this mode over. When
    // this fails, SQLite will say why.
    if (int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR); file >= 0)
      ::close(file);
    auto opened = std::make_unique<sql_directory>(path);
    if (auto prepared = opened->prepare(first); !prepared)
      return prepared.error();
    return std::unique_ptr<directory>(std::move(opened));
  });
}

}  // namespace carillon::storage
