// The directory in SQL: one class over one SOCI session, its methods spread over directory_*.cpp by
// what they are about. Private to those files; everybody else sees storage/directory.hpp.
//
// SOCI reports by exceptions: every method runs its statements inside guarded(), so that none
// leaves. Statements go through the three functions below and never through `session << text`,
// whose type information Debian's SOCI hides from the undefined-behaviour sanitizer. No column is
// ever NULL (absent text is ''), ids are stored as Slack writes them, numbers as 64-bit integers,
// bytes (token hashes as hex) as text.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <soci/soci.h>

#include "storage/directory.hpp"

namespace carillon::storage {

// What SOCI threw, as an error of ours. `doing` is for people; bound values never get into it.
error directory_error(std::string_view doing, const soci::soci_error& failure);

template <class Work>
std::invoke_result_t<Work> guarded(std::string_view doing, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const soci::soci_error& failure) {
    return directory_error(doing, failure);
  }
}

// Runs a query and gives each row to `Columns`, which has: bind(statement) to name where the values
// go, in the order of its `list`; row() to make a row of them.
template <class Columns, class... Arguments>
std::vector<typename Columns::row_type> read_rows(soci::session& sql, const std::string& query,
                                                  const Arguments&... arguments) {
  Columns columns;
  soci::statement statement(sql);
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
std::optional<typename Columns::row_type> read_row(soci::session& sql, const std::string& query,
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

// Runs a change; how many rows it touched.
template <class... Arguments>
long long change(soci::session& sql, const std::string& query, const Arguments&... arguments) {
  soci::statement statement(sql);
  (statement.exchange(soci::use(arguments)), ...);
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute(true);
  return statement.get_affected_rows();
}

// ('U…','U…') for "id IN": ids of ours are letters and digits only, so they need no binding. One
// statement takes at most this many.
inline constexpr std::size_t ids_per_statement = 500;
std::string id_list(const std::vector<entity_id>& sorted, std::size_t begin, std::size_t end);

// The id in a column; the empty text is no id. A text that is neither fails with soci_error.
entity_id stored_id(const std::string& text);

// One row more than asked for was read: it becomes the mark that there is a next page.
template <class Row>
page_of<Row> cut_page(std::vector<Row> rows, std::uint32_t limit) {
  page_of<Row> page;
  if (rows.size() > limit) {
    rows.resize(limit);
    page.next = rows.back().id.text();
  }
  page.rows = std::move(rows);
  return page;
}

class sql_directory final : public directory {
public:
  // Opens the file and brings its schema up to date. Throws soci_error.
  explicit sql_directory(const std::string& path);
  // Creates or migrates the tables; founds the default team in a new file.
  status prepare(const founding& first);

  result<team_row> default_team() override;
  result<std::optional<team_row>> team_by_name(const std::string& name) override;
  result<std::optional<team_row>> team_by_id(entity_id id) override;
  result<std::vector<team_row>> teams() override;
  status add_team(const team_row& team) override;

  status add_user(const user_row& user, const std::string& password_hash) override;
  result<std::optional<user_row>> user_by_id(entity_id id) override;
  result<std::optional<user_row>> user_by_email(entity_id team, const std::string& email) override;
  result<std::optional<user_row>> user_by_name(entity_id team, const std::string& name) override;
  result<std::optional<user_row>> user_by_bot(entity_id bot) override;
  result<std::vector<user_row>> users_by_id(const std::vector<entity_id>& ids) override;
  result<page_of<user_row>> list_users(entity_id team, const std::string& after,
                                       std::uint32_t limit) override;
  result<std::uint64_t> count_users(entity_id team) override;
  result<std::uint64_t> count_people(entity_id team) override;
  result<std::string> password_hash(entity_id user) override;
  status set_password(entity_id user, const std::string& password_hash) override;
  status set_profile(entity_id user, const std::string& real_name, const std::string& profile,
                     const std::string& email, std::uint64_t updated) override;
  status set_disabled(entity_id user, bool disabled, std::uint64_t updated) override;

  status add_token(const token_row& token) override;
  result<std::optional<principal>> find_token(const std::string& hash) override;
  status revoke_token(const std::string& hash) override;
  result<std::uint64_t> revoke_tokens_of(entity_id user) override;
  result<std::vector<token_row>> tokens_of(entity_id user) override;

  status reserve_channel_name(const channel_row& row, timestamp now,
                              timestamp stale_before) override;
  status release_channel_name(entity_id channel) override;
  status reserve_rename(entity_id channel, const std::string& name, timestamp now,
                        timestamp stale_before) override;
  status upsert_channel(const channel_row& row) override;
  result<std::optional<channel_row>> channel_by_id(entity_id id) override;
  result<std::optional<channel_row>> channel_by_name(entity_id team,
                                                     const std::string& name) override;
  result<page_of<channel_row>> list_channels(const channel_query& query) override;

private:
  void insert_team(const team_row& team);
  std::string free_domain(const std::string& wanted);
  // Takes (team, name) for the channel unless somebody else holds it.
  status take_name(const std::string& team, const std::string& name, const std::string& channel,
                   timestamp now, timestamp stale_before);
  void write_channel(const channel_row& row);

  soci::session sql_;
};

}  // namespace carillon::storage
