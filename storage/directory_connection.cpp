#include "storage/directory_connection.hpp"

#include <algorithm>

#include <fcntl.h>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include "runtime/base/clock.hpp"

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

// PostgreSQL's codes (appendix A of its manual): two letters of class, three of detail.
constexpr std::string_view postgres_unique_violation = "23505";

// Whatever else uses the same database will hardly take this number for its own lock ("cari").
constexpr const char* take_writers_lock = "SELECT pg_advisory_xact_lock(1667330665)";

// A server that says nothing for so long hangs, or its machine does: nobody waits for it any more. A
// busy one answers an empty question in time.
constexpr std::chrono::milliseconds sign_of_life{1'000};

// No connection came about. (SOCI's own error for it has no code.)
struct no_connection : soci::soci_error {
  using soci::soci_error::soci_error;
};

bool contains(std::string_view words, std::string_view part) {
  return words.find(part) != std::string_view::npos;
}

// SQLite: "UNIQUE constraint failed: users.team, users.email"; PostgreSQL: "duplicate key value
// violates unique constraint "users_by_email"".
errc code_of_unique(std::string_view words) {
  if (contains(words, "users.email") || contains(words, "users_by_email"))
    return errc::email_taken;
  if (contains(words, "name") || contains(words, "domain"))
    return errc::name_taken;
  return errc::internal_error;
}

errc code_of_sqlite(int code, std::string_view words) {
  switch (code & 0xff) {
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
    return contains(words, "UNIQUE") ? code_of_unique(words) : errc::internal_error;
  default:
    return errc::internal_error;
  }
}

errc code_of_postgres(const std::string& state, std::string_view words) {
  if (state == postgres_unique_violation)
    return code_of_unique(words);
  std::string_view group = std::string_view(state).substr(0, 2);
  if (group == "XX")
    return errc::corrupt_record;
  // Our statements do not suit the tables: nothing that waiting would cure.
  if (group == "22" || group == "23" || group == "42")
    return errc::internal_error;
  return errc::storage_unavailable;  // gone, starting, stopping, full, locked, not let in
}

std::string first_line(std::string words) {
  words.resize(std::min(words.find('\n'), words.size()));
  return words;
}

// libpq's reason stands in the second line.
std::string one_line(std::string words) {
  std::replace(words.begin(), words.end(), '\n', ' ');
  words.resize(words.find_last_not_of(' ') + 1);
  return words;
}

std::string sqlite_text(const std::string& path) {
  // SQLite would make the file readable for everybody; its side files take this mode over. When
  // this fails, SQLite will say why.
  if (int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR); file >= 0)
    ::close(file);
  return "db=\"" + path + "\" timeout=5";
}

}  // namespace

// A server that hangs must not keep us longer than a caller waits; one whose machine is gone in the
// middle of an answer, not for the hours that TCP would.
std::string postgres_text(const std::string& given) {
  if (contains(given, "://"))
    return given;
  std::string out = given;
  if (!contains(given, "connect_timeout"))
    out += " connect_timeout=3";
  if (!contains(given, "keepalives"))
    out += " keepalives_idle=5 keepalives_interval=2 keepalives_count=3";
  if (!contains(given, "tcp_user_timeout"))
    out += " tcp_user_timeout=10000";
  return out;
}

sql_connection sql_connection::sqlite(const std::string& path, access how) {
  return sql_connection(false, how, sqlite_text(path), nullptr);
}

sql_connection sql_connection::postgres(const std::string& connection,
                                        std::shared_ptr<server_presence> presence) {
  return sql_connection(true, access::reads_and_writes, postgres_text(connection),
                        std::move(presence));
}

sql_connection::sql_connection(bool postgres, access how, std::string text,
                               std::shared_ptr<server_presence> presence)
    : postgres_(postgres),
      access_(how),
      text_(std::move(text)),
      presence_(std::move(presence)),
      broken_(postgres) {
  if (postgres_)
    return;
  session_.open(soci::sqlite3, text_);
  set_up();
}

void sql_connection::set_up() {
  if (postgres_) {
    change(*this, "SET client_encoding TO 'UTF8'");
    change(*this, "SET client_min_messages TO 'warning'");
    change(*this, "SET statement_timeout TO '5s'");
    return;
  }
  // Readers (ours, backups, sqlite3 on the command line) never wait for a writer with a write-ahead
  // log, nor the other way round. FULL syncs it at every commit: what we acknowledge survives a
  // power cut.
  change(*this, "PRAGMA journal_mode = WAL");
  change(*this, "PRAGMA synchronous = FULL");
  change(*this, "PRAGMA foreign_keys = ON");
  if (access_ == access::reads)
    change(*this, "PRAGMA query_only = ON");
}

// Inside a unit of work there is nothing to go on with: what it did so far went with its connection.
void sql_connection::be_connected() {
  if (!postgres_ || (depth_ > 0 && !broken_))
    return;
  if (depth_ > 0)
    throw no_connection("the connection broke");
  if (presence_->hangs())
    throw no_connection("the server does not answer");
  if (broken_ || !server_answers())
    connect();
}

// False: the connection is of no use any more. Throws when the server hangs.
bool sql_connection::server_answers() {
  PGconn* line = static_cast<soci::postgresql_session_backend*>(session_.get_backend())->conn_;
  const tick_time give_up = steady_now() + sign_of_life;
  bool good = ::PQsendQuery(line, "") == 1;
  while (good && ::PQisBusy(line) == 1) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(give_up - steady_now()).count();
    pollfd wait{::PQsocket(line), POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) == 0) {
      broken_ = true;  // its answer may come yet
      presence_->note_hanging();
      throw no_connection("the server does not answer");
    }
    good = ::PQconsumeInput(line) == 1;
  }
  bool answered = false;
  while (good) {
    PGresult* part = ::PQgetResult(line);
    if (part == nullptr)
      break;
    answered = ::PQresultStatus(part) == PGRES_EMPTY_QUERY;
    ::PQclear(part);
  }
  return good && answered && ::PQstatus(line) == CONNECTION_OK;
}

void sql_connection::connect() {
  broken_ = true;
  const tick_time began = steady_now();
  try {
    session_.close();
    session_.open(soci::postgresql, text_);
  } catch (const soci::soci_error& failure) {
    if (steady_now() - began >= sign_of_life)
      presence_->note_hanging();
    throw no_connection(one_line(failure.get_error_message()));
  }
  set_up();
  broken_ = false;
}

void sql_connection::note(const soci::soci_error& failure) {
  if (!postgres_)
    return;
  const auto* server = dynamic_cast<const soci::postgresql_soci_error*>(&failure);
  // Without a code of the server it was libpq that spoke: the connection.
  std::string state = server ? server->sqlstate() : std::string();
  std::string_view group = std::string_view(state).substr(0, 2);
  if (server == nullptr || state.find_first_not_of(" \0") == std::string::npos || group == "08" ||
      group == "57" || failure.get_error_category() == soci::soci_error::connection_error)
    broken_ = true;
}

error sql_connection::describe(std::string_view doing, const soci::soci_error& failure) {
  // Without its context, which is the statement with its bound values, among them password hashes.
  // PostgreSQL's further lines hold values too.
  std::string words = first_line(failure.get_error_message());
  errc code = errc::corrupt_record;  // without a code: a stored value we cannot read
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&failure))
    code = code_of_sqlite(sqlite->result(), words);
  else if (dynamic_cast<const no_connection*>(&failure))
    code = errc::storage_unavailable;
  else if (const auto* server = dynamic_cast<const soci::postgresql_soci_error*>(&failure))
    code = code_of_postgres(server->sqlstate(), words);
  if (code == errc::name_taken || code == errc::email_taken)
    return make_error(code);  // who signs up sees it: nothing failed, and its name says all
  return make_error(code, "directory, " + std::string(doing) + ": " + words);
}

unit_of_work::unit_of_work(sql_connection& sql)
    : sql_(sql), name_(sql.depth_ == 0 ? "" : "unit" + std::to_string(sql.depth_)) {
  if (!name_.empty()) {
    change(sql_, "SAVEPOINT " + name_);
  } else if (sql_.is_postgres()) {
    change(sql_, "BEGIN");
    try {
      change(sql_, take_writers_lock);
    } catch (const soci::soci_error&) {
      change(sql_, "ROLLBACK");  // if the server is gone, so is this
      throw;
    }
  } else {
    change(sql_, "BEGIN IMMEDIATE");
  }
  ++sql_.depth_;
}

unit_of_work::~unit_of_work() {
  --sql_.depth_;
  if (done_)
    return;
  try {
    if (!name_.empty()) {
      change(sql_, "ROLLBACK TO " + name_);
      change(sql_, "RELEASE " + name_);
      return;
    }
    change(sql_, "ROLLBACK");
    // What failed inside could not drop its prepared statement, and nothing else holds one now.
    if (sql_.is_postgres())
      change(sql_, "DEALLOCATE ALL");
  } catch (const soci::soci_error& failure) {
    sql_.note(failure);  // SQLite took everything back already, or the server is gone
  }
}

void unit_of_work::commit() {
  change(sql_, name_.empty() ? "COMMIT" : "RELEASE " + name_);
  done_ = true;
}

std::string stored_bytes(const std::string& hex) {
  auto bytes = from_hex(hex);
  if (!bytes)
    throw soci::soci_error("not hexadecimal: " + hex.substr(0, 80));
  return std::move(*bytes);
}

}  // namespace carillon::storage
