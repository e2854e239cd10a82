// One connection to a database of SQL, SQLite or PostgreSQL, and what the two need differently:
// opening, what their failures mean, reconnecting. The statements are the same for both; where they
// could not be, is_postgres() decides. Private to storage/directory_*.cpp.
//
// SOCI reports by exceptions: every method of the directory runs its statements inside guarded(),
// so that none leaves. Statements go through the functions below and never through `session <<
// text`, whose type information Debian's SOCI hides from the undefined-behaviour sanitizer. No
// column is ever NULL (absent text is ''), ids are stored as Slack writes them, numbers as 64-bit
// integers, bytes as hexadecimal text. Texts compare byte by byte.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <soci/soci.h>

#include "runtime/base/hex.hpp"
#include "runtime/base/result.hpp"
#include "storage/directory_presence.hpp"

namespace carillon::storage {

class sql_connection {
public:
  enum class access { reads_and_writes, reads };
  // Throws soci_error. An SQLite file is made when it is absent (mode 0600).
  static sql_connection sqlite(const std::string& path, access how);
  // To a server: connects with the first piece of work. `presence` is shared by all connections to it.
  static sql_connection postgres(const std::string& connection,
                                 std::shared_ptr<server_presence> presence);

  bool is_postgres() const { return postgres_; }
  soci::session& session() { return session_; }

  // Runs `work`, which returns result<T>; what SOCI throws becomes an error. `doing` is for people.
  // A server is asked for a sign of life first, and the connection made anew when it broke while
  // nobody used it: so a change begins on a good one, and is never tried twice.
  template <class Work>
  std::invoke_result_t<Work> guarded(std::string_view doing, Work&& work) {
    try {
      be_connected();
      return std::forward<Work>(work)();
    } catch (const soci::soci_error& failure) {
      note(failure);
      return describe(doing, failure);
    }
  }
  // The same for work that only looks things up: should the connection break in it, it is done once
  // more on a fresh one.
  template <class Work>
  std::invoke_result_t<Work> looking(std::string_view doing, Work&& work) {
    return guarded(doing, [&] {
      try {
        return work();
      } catch (const soci::soci_error& failure) {
        note(failure);
        if (!broken_ || depth_ > 0)
          throw;
      }
      be_connected();
      return work();
    });
  }
  // What SOCI threw, as an error of ours. Bound values never get into it.
  static error describe(std::string_view doing, const soci::soci_error& failure);

private:
  friend class unit_of_work;
  sql_connection(bool postgres, access how, std::string text,
                 std::shared_ptr<server_presence> presence);
  void set_up();
  void be_connected();
  bool server_answers();
  void connect();
  void note(const soci::soci_error& failure);

  const bool postgres_;
  const access access_;
  const std::string text_;
  const std::shared_ptr<server_presence> presence_;  // null with SQLite
  soci::session session_;
  int depth_ = 0;        // of units of work that are open
  bool broken_ = false;  // there is no good connection to the server: connect before the next statement
};

// All or nothing: what is not committed is taken back at the end of its scope. Inside another one
// it is a part of that, which can fail by itself. Writers exclude one another: SQLite has one, and
// PostgreSQL is made to, so that "look whether the name is free, then take it" holds on both.
class unit_of_work {
public:
  explicit unit_of_work(sql_connection& sql);
  ~unit_of_work();
  unit_of_work(const unit_of_work&) = delete;
  unit_of_work& operator=(const unit_of_work&) = delete;
  void commit();

private:
  sql_connection& sql_;
  const std::string name_;  // of the savepoint; empty: the outermost
  bool done_ = false;
};

// Runs a query and gives each row to `Columns`, which has: bind(statement) to name where the values
// go, in the order of its `list`; row() to make a row of them.
template <class Columns, class... Arguments>
std::vector<typename Columns::row_type> read_rows(sql_connection& sql, const std::string& query,
                                                  const Arguments&... arguments) {
  Columns columns;
  soci::statement statement(sql.session());
  columns.bind(statement);
  (statement.exchange(soci::use(arguments)), ...);
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute();
  std::vector<typename Columns::row_type> rows;
  while (statement.fetch())
    rows.push_back(columns.row());
  return rows;
}

// The same for a query that finds one row or none.
template <class Columns, class... Arguments>
std::optional<typename Columns::row_type> read_row(sql_connection& sql, const std::string& query,
                                                   const Arguments&... arguments) {
  auto rows = read_rows<Columns>(sql, query, arguments...);
  if (rows.empty())
    return std::nullopt;
  return std::move(rows.front());
}

struct number_column {
  using row_type = long long;
  long long number = 0;
  void bind(soci::statement& statement) { statement.exchange(soci::into(number)); }
  long long row() const { return number; }
};

struct text_column {
  using row_type = std::string;
  std::string text;
  void bind(soci::statement& statement) { statement.exchange(soci::into(text)); }
  std::string row() const { return text; }
};

// Runs a change; how many rows it touched.
template <class... Arguments>
long long change(sql_connection& sql, const std::string& query, const Arguments&... arguments) {
  soci::statement statement(sql.session());
  (statement.exchange(soci::use(arguments)), ...);
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute(true);
  return statement.get_affected_rows();
}

// The bytes in a column, where they stand in hexadecimal; a text that is not fails with soci_error.
std::string stored_bytes(const std::string& hex);

}  // namespace carillon::storage
