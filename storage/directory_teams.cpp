// Teams.
#include "storage/directory_names.hpp"
#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

struct team_columns {
  using row_type = team_row;
  static constexpr const char* select = "SELECT id, name, domain, created, general FROM teams ";
  std::string id, name, domain, general;
  unsigned long long created = 0;

  void bind(soci::statement& statement) {
    statement.exchange(soci::into(id));
    statement.exchange(soci::into(name));
    statement.exchange(soci::into(domain));
    statement.exchange(soci::into(created));
    statement.exchange(soci::into(general));
  }
  team_row row() const {
    return {.id = stored_id(id),
            .name = name,
            .domain = domain,
            .created = created,
            .general = stored_id(general)};
  }
};

}  // namespace

// The first of "x", "x-2", "x-3", ... that no team has.
std::string sql_directory::free_domain(const std::string& wanted) {
  for (unsigned n = 1;; ++n) {
    std::string domain = n == 1 ? wanted : wanted + '-' + std::to_string(n);
    if (!read_row<team_columns>(sql_, team_columns::select + std::string("WHERE domain = :d"),
                                domain))
      return domain;
  }
}

void sql_directory::insert_team(const team_row& team) {
  std::string domain = team.domain.empty() ? free_domain(domain_of(team.name)) : team.domain;
  unsigned long long created = team.created;
  change(sql_,
         "INSERT INTO teams (id, name, folded_name, domain, created, general)"
         " VALUES (:id, :name, :folded, :domain, :created, :general)",
         team.id.text(), team.name, fold_case(team.name), domain, created, team.general.text());
}

result<team_row> sql_directory::default_team() const {
  return sql_.looking("default team", [&]() -> result<team_row> {
    auto row =
        read_row<team_columns>(sql_, team_columns::select + std::string("WHERE is_default = 1"));
    if (!row)
      return make_error(errc::corrupt_record, "directory: there is no default team");
    return *row;
  });
}

result<std::optional<team_row>> sql_directory::team_by_name(const std::string& name) const {
  return sql_.looking("team by name", [&]() -> result<std::optional<team_row>> {
    return read_row<team_columns>(
        sql_, team_columns::select + std::string("WHERE folded_name = :n"), fold_case(name));
  });
}

result<std::optional<team_row>> sql_directory::team_by_id(entity_id id) const {
  return sql_.looking("team by id", [&]() -> result<std::optional<team_row>> {
    return read_row<team_columns>(sql_, team_columns::select + std::string("WHERE id = :id"),
                                  id.text());
  });
}

result<std::vector<team_row>> sql_directory::teams() const {
  return sql_.looking("teams", [&]() -> result<std::vector<team_row>> {
    return read_rows<team_columns>(sql_, team_columns::select + std::string("ORDER BY id"));
  });
}

status sql_directory::add_team(const team_row& team) {
  return sql_.guarded("adding a team", [&]() -> status {
    unit_of_work all(sql_);
    insert_team(team);
    all.commit();
    return ok;
  });
}

}  // namespace carillon::storage
