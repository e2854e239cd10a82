// The directory in SQL: one class over one connection, its methods spread over directory_*.cpp by
// what they are about. Private to those files; everybody else sees storage/directory.hpp and its
// sisters.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/directory.hpp"
#include "storage/directory_connection.hpp"

namespace carillon::storage {

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

class sql_directory : public directory {
public:
  // Throws soci_error.
  sql_directory(const std::string& path, sql_connection::access how);
  // Connects with the first call.
  struct server {
    std::string connection;
    std::shared_ptr<server_presence> presence;
  };
  explicit sql_directory(const server& at);

  // Creates or migrates the tables. Readers' connections need it not.
  status prepare();
  sql_connection& connection() const { return sql_; }

  status found(const founding& first) override;
  result<std::string> setting(const std::string& name) const override;

  result<team_row> default_team() const override;
  result<std::optional<team_row>> team_by_name(const std::string& name) const override;
  result<std::optional<team_row>> team_by_id(entity_id id) const override;
  result<std::vector<team_row>> teams() const override;
  status add_team(const team_row& team) override;

  status add_user(const user_row& user, const std::string& password_hash) override;
  result<std::optional<user_row>> user_by_id(entity_id id) const override;
  result<std::optional<user_row>> user_by_email(entity_id team,
                                                const std::string& email) const override;
  result<std::optional<user_row>> user_by_name(entity_id team,
                                               const std::string& name) const override;
  result<std::optional<user_row>> user_by_bot(entity_id bot) const override;
  result<std::vector<user_row>> users_by_id(const std::vector<entity_id>& ids) const override;
  result<page_of<user_row>> list_users(entity_id team, const std::string& after,
                                       std::uint32_t limit) const override;
  result<std::uint64_t> count_users(entity_id team) const override;
  result<std::uint64_t> count_people(entity_id team) const override;
  result<std::string> password_hash(entity_id user) const override;
  status set_password(entity_id user, const std::string& password_hash) override;
  status set_profile(entity_id user, const std::string& real_name, const std::string& profile,
                     const std::string& email, std::uint64_t updated) override;
  status set_disabled(entity_id user, bool disabled, std::uint64_t updated) override;

  status add_token(const token_row& token) override;
  result<std::optional<principal>> find_token(const std::string& hash) const override;
  status revoke_token(const std::string& hash) override;
  result<std::uint64_t> revoke_tokens_of(entity_id user) override;
  result<std::vector<token_row>> tokens_of(entity_id user) const override;

  result<timestamp> claim_push(const push_claim& claim) override;
  result<std::optional<push_claim>> find_push_claim(const std::string& endpoint) const override;

  status reserve_channel_name(const channel_row& row, timestamp now,
                              timestamp stale_before) override;
  status release_channel_name(entity_id channel) override;
  status reserve_rename(entity_id channel, const std::string& name, timestamp now,
                        timestamp stale_before) override;
  status upsert_channel(const channel_row& row) override;
  result<std::optional<channel_row>> channel_by_id(entity_id id) const override;
  result<std::optional<channel_row>> channel_by_name(entity_id team,
                                                     const std::string& name) const override;
  result<page_of<channel_row>> list_channels(const channel_query& query) const override;

private:
  void insert_team(const team_row& team);
  std::string free_domain(const std::string& wanted);
  // Takes (team, name) for the channel unless somebody else holds it.
  status take_name(const std::string& team, const std::string& name, const std::string& channel,
                   timestamp now, timestamp stale_before);
  void write_channel(const channel_row& row);

  mutable sql_connection sql_;  // looking things up moves its statements, and nothing that shows
};

}  // namespace carillon::storage
