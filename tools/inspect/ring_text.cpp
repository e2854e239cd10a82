#include "tools/inspect/ring_text.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "runtime/base/logging.hpp"

namespace carillon::inspect {
namespace {

constexpr std::size_t letters_max = 1'024;
constexpr int nobody = -1;
constexpr int several = -2;

struct slot_cell {
  int leader = nobody;  // place among the hosts
  bool as_wished = true;
  bool operator==(const slot_cell&) const = default;
};

// Those that answered, then the silent ones.
std::vector<std::string> names_of(const wire::cluster_picture& picture) {
  std::vector<std::string> out;
  for (const auto& host : picture.hosts())
    out.push_back(host.name());
  for (const auto& host : picture.silent())
    out.push_back(host.name());
  return out;
}

std::string name_of_disk(const wire::cluster_picture& picture, std::uint64_t disk) {
  for (const auto& host : picture.hosts())
    if (host.store_id() == disk)
      return host.name();
  for (const auto& member : picture.members())
    if (member.store_id() == disk)
      return member.name();
  return {};
}

std::vector<slot_cell> cells_of(const wire::cluster_picture& picture) {
  const auto names = names_of(picture);
  std::vector<slot_cell> cells(static_cast<std::size_t>(picture.states_size()));
  for (int slot = 0; slot < picture.states_size(); ++slot) {
    const auto& state = picture.states(slot);
    const auto found = std::find(names.begin(), names.end(), state.leader());
    if (found == names.end() || !(state.serves() || state.hearsay()))
      continue;
    const std::uint64_t wish = slot < picture.places_size() ? picture.places(slot).preferred_leader() : 0;
    cells[static_cast<std::size_t>(slot)] = {
        static_cast<int>(found - names.begin()),
        wish == 0 || name_of_disk(picture, wish) == state.leader()};
  }
  return cells;
}

slot_cell merged(const std::vector<slot_cell>& cells, std::size_t begin, std::size_t end) {
  slot_cell out = cells[begin];
  for (std::size_t i = begin; i < end; ++i) {
    if (cells[i].leader == nobody)
      return cells[i];  // the worst of them is shown
    if (cells[i].leader != out.leader)
      out.leader = several;
    out.as_wished = out.as_wished && cells[i].as_wished;
  }
  return out;
}

std::string cell_text(const slot_cell& cell, const std::vector<char>& letters, const look& how) {
  if (cell.leader == nobody)
    return warning("!", how);
  if (cell.leader == several)
    return "*";
  const auto host = static_cast<std::size_t>(cell.leader);
  const auto letter = static_cast<unsigned char>(letters[host]);
  const char shown = static_cast<char>(cell.as_wished ? letter : std::tolower(letter));
  return coloured(std::string(1, shown), host, how);
}

}  // namespace

std::vector<char> host_letters(const wire::cluster_picture& picture) {
  std::vector<char> firsts, ordered;
  for (const std::string& name : names_of(picture)) {
    const auto first = static_cast<unsigned char>(name.empty() ? '?' : name[0]);
    ordered.push_back(static_cast<char>('A' + firsts.size() % 26));
    firsts.push_back(static_cast<char>(std::toupper(first)));
  }
  const std::set<char> different(firsts.begin(), firsts.end());
  const bool all_letters = std::all_of(firsts.begin(), firsts.end(), [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
  });
  return all_letters && different.size() == firsts.size() ? firsts : ordered;
}

std::string ring_text(const wire::cluster_picture& picture, const look& how) {
  const std::vector<slot_cell> cells = cells_of(picture);
  if (cells.empty())
    return {};
  const auto letters = host_letters(picture);
  const std::size_t per_letter = (cells.size() + letters_max - 1) / letters_max;
  const std::size_t per_line = (how.width >= 140 ? 128 : 64) * per_letter;
  std::string out;
  for (std::size_t line = 0; line < cells.size(); line += per_line) {
    out += fmt::format("{:>6} ", line);
    const std::size_t end = std::min(cells.size(), line + per_line);
    for (std::size_t slot = line; slot < end; slot += per_letter)
      out += cell_text(merged(cells, slot, std::min(end, slot + per_letter)), letters, how);
    out += '\n';
  }
  std::string legend = "       ";
  const auto names = names_of(picture);
  const auto answering = static_cast<std::size_t>(picture.hosts_size());
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const bool leads = std::any_of(cells.begin(), cells.end(), [&](const auto& cell) {
      return cell.leader == static_cast<int>(i);
    });
    if (i < answering || leads)
      legend += fmt::format("{} = {}{}  ", coloured(std::string(1, letters[i]), i, how),
                            harmless(names[i]), i < answering ? "" : " (silent; the others say that it leads)");
  }
  if (std::any_of(cells.begin(), cells.end(), [](const auto& cell) { return !cell.as_wished; }))
    legend += "small: another one is preferred  ";
  if (std::any_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.leader == nobody; }))
    legend += "! = nobody serves it  ";
  if (per_letter > 1)
    legend += fmt::format("* = several ({} slots a letter)  ", per_letter);
  legend.erase(legend.find_last_not_of(' ') + 1);
  return out + legend + '\n';
}

}  // namespace carillon::inspect
