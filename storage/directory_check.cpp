#include "storage/directory_check.hpp"

#include <filesystem>

#include "storage/directory_connection.hpp"

namespace carillon::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* copy_name = "directory.sqlite";

std::int64_t number(sql_connection& sql, const std::string& query) {
  return read_row<number_column>(sql, query).value_or(0);
}

void read_all(const std::string& path, directory_report& report) {
  sql_connection sql = sql_connection::sqlite(path, sql_connection::access::reads);
  for (std::string& words : read_rows<text_column>(sql, "PRAGMA integrity_check"))
    if (words != "ok")
      report.problems.push_back(std::move(words));
  if (const auto lost = number(sql, "SELECT count(*) FROM pragma_foreign_key_check"); lost != 0)
    report.problems.push_back(std::to_string(lost) + " rows name others that are not there");
  report.schema_version = number(sql, "SELECT version FROM schema_version");
  report.applied = number(sql, "SELECT log_index FROM meta_applied");
  report.teams = number(sql, "SELECT count(*) FROM teams");
  report.users = number(sql, "SELECT count(*) FROM users");
  report.tokens = number(sql, "SELECT count(*) FROM tokens");
  report.channels = number(sql, "SELECT count(*) FROM channels WHERE reserved = 0");
}

}  // namespace

result<directory_report> check_directory_file(const std::string& path, const std::string& scratch) {
  const std::string copy = scratch + "/" + copy_name;
  std::error_code failed;
  fs::copy_file(path, copy, failed);
  if (!failed && fs::exists(path + "-wal"))
    fs::copy_file(path + "-wal", copy + "-wal", failed);
  if (failed)
    return make_error(errc::io_error, path + ": " + failed.message());
  directory_report report;
  try {
    read_all(copy, report);
  } catch (const soci::soci_error& failure) {
    report.problems.push_back(sql_connection::describe("reading", failure).detail);
  }
  return report;
}

}  // namespace carillon::storage
