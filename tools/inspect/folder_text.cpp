#include "tools/inspect/folder_text.hpp"

#include <algorithm>
#include <numeric>

#include "runtime/base/logging.hpp"
#include "storage/keys.hpp"
#include "tools/cli/tables.hpp"

namespace carillon::inspect {
namespace {

namespace json = boost::json;
using rows = std::vector<std::vector<std::string>>;

std::string count(std::uint64_t number, const char* one, const char* many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1u << 20)
    return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string when(timestamp at) {
  return at == 0 ? "" : cli::format_time(static_cast<std::int64_t>(at / 1'000'000));
}

// Hosts are known by their disks; the ring view has their names.
std::string host_of(const folder_report& report, raft::member_id id) {
  if (report.store.view)
    for (const auto& member : report.store.view->members())
      if (member.store_id() == id && !member.name().empty())
        return member.name();
  return fmt::format("{:016x}", id);
}

std::string hosts_of(const folder_report& report, const std::vector<raft::member_id>& ids) {
  std::string out;
  for (raft::member_id id : ids)
    out += (out.empty() ? "" : " ") + host_of(report, id);
  return out;
}

std::string members_of(const folder_report& report, const storage::slot_start& facts) {
  std::string out = hosts_of(report, facts.config.voters);
  if (!facts.config.learners.empty())
    out += " +" + hosts_of(report, facts.config.learners);
  return out;
}

bool is_meta(const folder_report& report, slot_id slot) {
  return report.store.facts && slot == report.store.facts->slots;
}

std::string slot_name(const folder_report& report, slot_id slot) {
  return is_meta(report, slot) ? "meta" : std::to_string(slot);
}

std::string state_of(const storage::slot_start& facts) {
  std::string out;
  if (facts.tables_mixed)
    out = "tables are being pulled";
  if (facts.log_damaged)
    out += (out.empty() ? "" : ", ") + (facts.acknowledged == storage::never_whole
                                            ? std::string("log damaged, never votes again")
                                            : fmt::format("log damaged up to {}", facts.acknowledged));
  return out;
}

std::string channel_name(const storage::channel_summary& channel) {
  if (!channel.facts)
    return "";
  return channel.facts->name().empty() ? "" : "#" + channel.facts->name();
}

std::string title(const folder_report& report) {
  if (!report.store.facts)
    return report.path + ": its founding facts cannot be read\n";
  const storage::founding& facts = *report.store.facts;
  std::string out = report.path + ": ";
  out += facts.host_name.empty() ? "a host" : "host " + facts.host_name;
  if (!facts.cluster_name.empty())
    out += " of cluster " + facts.cluster_name;
  return out + fmt::format(", disk {:016x}, started {}, {}, format {}\n", facts.store_id,
                           count(facts.starts, "time", "times"),
                           count(facts.slots, "slot", "slots"), facts.format);
}

std::string store_line(const folder_report& report) {
  const std::uint64_t bytes =
      std::accumulate(report.files.begin(), report.files.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& file) { return sum + file.bytes; });
  std::string out = count(report.files.size(), "table file", "table files") + " of " +
                    size_text(bytes) + ", every block read";
  if (!report.store_failure.empty())
    return out + "; it cannot be opened";
  if (!report.promised)
    return out + "; how much was acknowledged is not known";
  return out + fmt::format("; {} acknowledged, {} there", count(*report.promised, "write", "writes"),
                           report.writes);
}

std::string records_line(const folder_report& report) {
  std::string out;
  for (std::size_t i = 0; i < storage::family_count; ++i)
    out += fmt::format("{}{} {}", i == 0 ? "" : ", ", report.store.records[i],
                       storage::to_string(static_cast<storage::family>(i)));
  return out + ": every checksum read";
}

std::string directory_line(const folder_report& report) {
  if (!report.directory)
    return "not in this folder";
  const auto& directory = *report.directory;
  const auto some = [](std::int64_t number, const char* one, const char* many) {
    return count(static_cast<std::uint64_t>(number), one, many);
  };
  return fmt::format("{}, {}, {}, {}; schema {}, meta log applied up to {}",
                     some(directory.teams, "team", "teams"), some(directory.users, "user", "users"),
                     some(directory.tokens, "token", "tokens"),
                     some(directory.channels, "channel", "channels"), directory.schema_version,
                     directory.applied);
}

std::string slots_table(const folder_report& report) {
  rows table = {{"SLOT", "TERM", "VOTE", "LOG", "APPLIED", "PROJECTED", "CHANNELS", "USERS", "EVENTS",
                 "MEMBERS", "STATE"}};
  for (const auto& slot : report.store.slots) {
    const auto& facts = slot.facts;
    table.push_back(
        {slot_name(report, slot.slot), std::to_string(facts.hard.term),
         facts.hard.vote == 0 ? "-" : host_of(report, facts.hard.vote),
         slot.last_index < slot.first_index ? fmt::format("after {}", slot.last_index)
                                            : fmt::format("{}..{}", slot.first_index, slot.last_index),
         std::to_string(facts.applied), std::to_string(facts.projected),
         std::to_string(slot.channels), std::to_string(slot.users), std::to_string(slot.events),
         members_of(report, facts), state_of(facts)});
  }
  return cli::format_table(table);
}

std::string channels_table(const folder_report& report) {
  if (report.channels.empty())
    return report.channels_found == 0
               ? ""
               : fmt::format("\n{} (--channels COUNT lists them)\n",
                             count(report.channels_found, "channel", "channels"));
  rows table = {{"CHANNEL", "SLOT", "NAME", "LAST SEQ", "MESSAGES", "MEMBERS", "LAST MESSAGE"}};
  for (const auto& channel : report.channels)
    table.push_back({channel.id.text(), std::to_string(channel.slot), channel_name(channel),
                     std::to_string(channel.last_seq), std::to_string(channel.messages),
                     std::to_string(channel.members), when(channel.last_ts)});
  std::string out = "\n" + cli::format_table(table);
  if (report.channels_found > report.channels.size())
    out += fmt::format("and {} more (--channels COUNT lists them)\n",
                       report.channels_found - report.channels.size());
  return out;
}

// Which slots have keys in a file of tables or of the log.
std::string slots_in(const storage::table_file& file) {
  if (file.family == "default" || file.first_key.size() < 2 || file.last_key.size() < 2)
    return "";
  const auto slot = [](const std::string& key) {
    return static_cast<unsigned char>(key[0]) << 8 | static_cast<unsigned char>(key[1]);
  };
  const int first = slot(file.first_key);
  const int last = slot(file.last_key);
  return first == last ? std::to_string(first) : fmt::format("{}..{}", first, last);
}

std::string table_of(const storage::table_file& file) {
  return file.family == "default" ? "meta" : file.family;
}

std::string verdict(const folder_report& report) {
  std::string out;
  for (const std::string& mark : report.marks)
    out += "\nmark of a host: " + mark + "\n";
  if (report.damaged() == 0)
    return out + "\nSOUND: nothing is damaged\n";
  out += fmt::format("\nDAMAGED: {}\n", count(report.damaged(), "finding", "findings"));
  rows table = {{"TABLE", "SLOT", "ENTITY", "WHAT"}};
  if (!report.store_failure.empty())
    table.push_back({"store", "", "", report.store_failure});
  if (report.lacks_writes())
    table.push_back({"log", "", "",
                     fmt::format("the write-ahead log ends too early: {} of {} acknowledged writes "
                                 "are there",
                                 report.writes, *report.promised)});
  for (const auto& found : report.store.findings)
    table.push_back({std::string(storage::to_string(found.where)),
                     found.slot ? slot_name(report, *found.slot) : "", found.entity, found.words});
  for (const auto& file : report.files)
    if (!file.damage.empty())
      table.push_back({table_of(file), slots_in(file), "", file.name + ": " + file.damage});
  if (report.directory)
    for (const std::string& problem : report.directory->problems)
      table.push_back({"directory", "", "", problem});
  out += cli::format_table(table);
  if (report.store.found > report.store.findings.size())
    out += fmt::format("and {} more\n", report.store.found - report.store.findings.size());
  return out;
}

json::object finding_json(std::string_view table, const std::string& slot,
                          const std::string& entity, const std::string& words) {
  json::object out{{"table", table}};
  if (!slot.empty())
    out["slot"] = slot;
  if (!entity.empty())
    out["entity"] = entity;
  out["what"] = words;
  return out;
}

json::array findings_json(const folder_report& report) {
  json::array out;
  if (!report.store_failure.empty())
    out.push_back(finding_json("store", "", "", report.store_failure));
  if (report.lacks_writes())
    out.push_back(finding_json("log", "", "", "the write-ahead log ends too early"));
  for (const auto& found : report.store.findings)
    out.push_back(finding_json(storage::to_string(found.where),
                               found.slot ? slot_name(report, *found.slot) : "", found.entity,
                               found.words));
  for (const auto& file : report.files)
    if (!file.damage.empty())
      out.push_back(finding_json(table_of(file), slots_in(file), "", file.name + ": " + file.damage));
  if (report.directory)
    for (const std::string& problem : report.directory->problems)
      out.push_back(finding_json("directory", "", "", problem));
  return out;
}

json::object slot_json(const folder_report& report, const storage::slot_summary& slot) {
  const auto& facts = slot.facts;
  return {{"slot", slot.slot},
          {"meta", is_meta(report, slot.slot)},
          {"term", facts.hard.term},
          {"vote", facts.hard.vote == 0 ? "" : host_of(report, facts.hard.vote)},
          {"first_index", slot.first_index},
          {"last_index", slot.last_index},
          {"applied", facts.applied},
          {"projected", facts.projected},
          {"members", members_of(report, facts)},
          {"channels", slot.channels},
          {"users", slot.users},
          {"events", slot.events},
          {"state", state_of(facts)}};
}

json::object channel_json(const storage::channel_summary& channel) {
  return {{"channel", channel.id.text()}, {"slot", channel.slot},
          {"name", channel.facts ? channel.facts->name() : ""},
          {"last_seq", channel.last_seq}, {"last_ts", format_ts(channel.last_ts)},
          {"messages", channel.messages}, {"members", channel.members}};
}

}  // namespace

std::string format_folder(const folder_report& report) {
  std::string out = title(report);
  out += cli::format_table({{"store", store_line(report)},
                            {"records", records_line(report)},
                            {"directory", directory_line(report)}});
  if (!report.store.slots.empty())
    out += "\n" + slots_table(report);
  return out + channels_table(report) + verdict(report);
}

json::object folder_json(const folder_report& report) {
  json::object out{{"folder", report.path}, {"sound", report.damaged() == 0},
                   {"damaged", report.damaged()}};
  if (const auto& facts = report.store.facts) {
    out["host"] = facts->host_name;
    out["cluster"] = facts->cluster_name;
    out["store_id"] = fmt::format("{:016x}", facts->store_id);
    out["slots_founded"] = facts->slots;
    out["starts"] = facts->starts;
    out["format"] = facts->format;
  }
  out["findings"] = findings_json(report);
  json::object records;
  for (std::size_t i = 0; i < storage::family_count; ++i)
    records[storage::to_string(static_cast<storage::family>(i))] = report.store.records[i];
  out["records"] = std::move(records);
  out["table_files"] = report.files.size();
  out["marks"] = json::array(report.marks.begin(), report.marks.end());
  json::array slots;
  for (const auto& slot : report.store.slots)
    slots.push_back(slot_json(report, slot));
  out["slots"] = std::move(slots);
  json::array channels;
  for (const auto& channel : report.channels)
    channels.push_back(channel_json(channel));
  out["channels"] = std::move(channels);
  out["channels_found"] = report.channels_found;
  return out;
}

}  // namespace carillon::inspect
