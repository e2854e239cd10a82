#include "storage/directory_replica.hpp"

#include <iterator>

#include "storage/directory_command.hpp"
#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

struct outcome_columns {
  using row_type = wire::directory_outcome;
  long long code = 0, number = 0;
  std::string detail;

  void bind(soci::statement& statement) {
    statement.exchange(soci::into(code));
    statement.exchange(soci::into(detail));
    statement.exchange(soci::into(number));
  }
  wire::directory_outcome row() const {
    wire::directory_outcome out;
    out.set_errc(static_cast<std::uint32_t>(code));
    out.set_detail(detail);
    out.set_number(static_cast<std::uint64_t>(number));
    return out;
  }
};

// Tables in an order in which each refers only to those before it.
constexpr const char* copied_tables[] = {"teams",         "users",    "tokens",       "channels",
                                         "channel_names", "settings", "meta_requests"};

// Those that need no schema version: a copy of an older program's has none of them.
constexpr const char* copied_if_there[] = {"push_claims"};

// A command that failed by reason of this host: the transaction around it is given up.
struct host_failure {
  error why;
};

class sqlite_replica final : public directory_replica {
public:
  explicit sqlite_replica(const std::string& path)
      : tables_(path, sql_connection::access::reads_and_writes), sql_(tables_.connection()) {}

  status prepare() { return tables_.prepare(); }

  result<std::vector<applied>> apply(const std::vector<committed_command>& commits) override {
    try {
      return sql_.guarded("applying commands", [&]() -> result<std::vector<applied>> {
        unit_of_work all(sql_);
        const auto known = read_index();
        auto at = known;
        std::vector<applied> out;
        for (const committed_command& commit : commits) {
          if (commit.index <= at)
            continue;
          at = commit.index;
          if (!commit.command.empty())
            out.push_back(apply_one(commit));
        }
        if (at > known)
          write_index(at);
        all.commit();
        return out;
      });
    } catch (const host_failure& failure) {
      return failure.why;
    }
  }

  result<std::uint64_t> applied_index() override {
    return sql_.guarded("reading the applied index",
                        [&]() -> result<std::uint64_t> { return read_index(); });
  }

  status copy_to(const std::string& to) override {
    return sql_.guarded("copying", [&]() -> status {
      change(sql_, "VACUUM INTO :path", to);
      return ok;
    });
  }

  result<std::vector<directory_event>> replace_by(const std::string& copy,
                                                  std::uint64_t index) override {
    using events = result<std::vector<directory_event>>;
    return sql_.guarded("taking a copy over", [&]() -> events {
      change(sql_, "ATTACH :path AS copy", copy);
      events done = errc::internal_error;
      try {
        done = replace_by_attached(index);
      } catch (const soci::soci_error& failure) {
        // Whatever is wrong in a file that was pulled is the file's fault, unless the disk says so.
        error why = sql_connection::describe("taking a copy over", failure);
        if (why.code != errc::storage_unavailable)
          why.code = errc::corrupt_record;
        done = why;
      }
      change(sql_, "DETACH copy");
      return done;
    });
  }

private:
  std::uint64_t read_index() {
    return static_cast<std::uint64_t>(
        *read_row<number_column>(sql_, "SELECT log_index FROM meta_applied"));
  }

  void write_index(std::uint64_t index) {
    auto number = static_cast<long long>(index);
    change(sql_, "UPDATE meta_applied SET log_index = :index", number);
  }

  applied apply_one(const committed_command& commit) {
    applied out;
    wire::directory_command command;
    if (!command.ParseFromString(commit.command)) {
      // The same on every host: it stays without effect.
      out.outcome = to_outcome(make_error(errc::internal_error, "a command that does not parse"));
      return out;
    }
    out.request_id = command.request_id();
    const std::string id = to_hex(command.request_id());
    if (auto before = read_row<outcome_columns>(
            sql_, "SELECT code, detail, number FROM meta_requests WHERE request_id = :id", id)) {
      out.outcome = *before;
      return out;
    }
    {
      unit_of_work this_one(sql_);
      out.outcome = run_command(tables_, command);
      if (out.outcome.errc() == 0)
        this_one.commit();
    }
    if (auto refused = from_outcome(out.outcome); !refused && is_of_this_host(refused.code()))
      throw host_failure{refused.error()};
    out.event = event_of(command, out.outcome);
    remember(commit.index, id, out.outcome);
    return out;
  }

  void remember(std::uint64_t index, const std::string& id,
                const wire::directory_outcome& outcome) {
    auto at = static_cast<long long>(index);
    auto kept = static_cast<long long>(requests_kept);
    long long code = outcome.errc();
    auto number = static_cast<long long>(outcome.number());
    change(sql_,
           "INSERT INTO meta_requests (log_index, request_id, code, detail, number)"
           " VALUES (:index, :id, :code, :detail, :number)",
           at, id, code, outcome.detail(), number);
    change(sql_, "DELETE FROM meta_requests WHERE log_index <= :index - :kept", at, kept);
  }

  result<std::vector<directory_event>> replace_by_attached(std::uint64_t index) {
    if (read_row<text_column>(sql_, "PRAGMA copy.quick_check(1)") != "ok")
      return make_error(errc::corrupt_record, "directory, taking a copy over: it is damaged");
    if (read_row<number_column>(sql_, "SELECT version FROM copy.schema_version") !=
        read_row<number_column>(sql_, "SELECT version FROM main.schema_version"))
      return make_error(errc::corrupt_record,
                        "directory, taking a copy over: it is of another schema version");
    // Whoever counts as applied what it does not have loses it for ever.
    auto held = read_row<number_column>(sql_, "SELECT log_index FROM copy.meta_applied");
    if (!held || static_cast<std::uint64_t>(*held) < index)
      return make_error(errc::corrupt_record,
                        "directory, taking a copy over: it holds less than it was given for");
    unit_of_work all(sql_);
    std::vector<directory_event> events;
    for (const std::string& hash :
         read_rows<text_column>(sql_, "SELECT hash FROM main.tokens EXCEPT"
                                      " SELECT hash FROM copy.tokens"))
      events.push_back({directory_event::kind::token_revoked, stored_bytes(hash), {}});
    for (const std::string& user :
         read_rows<text_column>(sql_, "SELECT id FROM copy.users WHERE disabled = 1 EXCEPT"
                                      " SELECT id FROM main.users WHERE disabled = 1"))
      events.push_back({directory_event::kind::user_shut_out, {}, stored_id(user)});
    for (auto table = std::rbegin(copied_tables); table != std::rend(copied_tables); ++table)
      change(sql_, std::string("DELETE FROM main.") + *table);
    const auto take = [&](const std::string& table) {
      change(sql_, "INSERT INTO main." + table + " SELECT * FROM copy." + table);
    };
    for (const char* table : copied_tables)
      take(table);
    for (const std::string table : copied_if_there)
      if (read_row<number_column>(sql_, "SELECT count(*) FROM copy.sqlite_master WHERE name = :name", table) > 0) {
        change(sql_, "DELETE FROM main." + table);
        take(table);
      }
    write_index(index);
    all.commit();
    return events;
  }

  sql_directory tables_;
  sql_connection& sql_;
};

}  // namespace

result<std::unique_ptr<directory_replica>> directory_replica::open(const std::string& path) {
  if (path.find('"') != std::string::npos)
    return make_error(errc::invalid_config, path + ": must be a path without '\"'");
  try {
    auto opened = std::make_unique<sqlite_replica>(path);
    if (auto prepared = opened->prepare(); !prepared)
      return prepared.error();
    return std::unique_ptr<directory_replica>(std::move(opened));
  } catch (const soci::soci_error& failure) {
    return sql_connection::describe("opening " + path, failure);
  }
}

result<std::unique_ptr<directory>> open_reader(const std::string& path) {
  try {
    return std::unique_ptr<directory>(
        std::make_unique<sql_directory>(path, sql_connection::access::reads));
  } catch (const soci::soci_error& failure) {
    return sql_connection::describe("opening " + path, failure);
  }
}

}  // namespace carillon::storage
