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

// Which host leads each slot, by their own words; of two the one with the higher term.
std::vector<slot_cell> cells_of(const wire::cluster_picture& picture) {
  std::vector<slot_cell> cells(static_cast<std::size_t>(picture.places_size()));
  std::vector<std::uint64_t> terms(cells.size());
  for (int i = 0; i < picture.hosts_size(); ++i) {
    const auto& host = picture.hosts(i);
    for (const auto& replica : host.slots()) {
      const std::size_t slot = replica.slot();
      if (slot >= cells.size() || replica.role() != "leader" || !replica.serves())
        continue;
      if (cells[slot].leader != nobody && terms[slot] >= replica.term())
        continue;
      terms[slot] = replica.term();
      const auto& place = picture.places(static_cast<int>(slot));
      cells[slot] = {i, place.preferred_leader() == 0 ||
                            place.preferred_leader() == host.store_id()};
    }
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
  for (int i = 0; i < picture.hosts_size(); ++i) {
    const std::string& name = picture.hosts(i).name();
    const auto first = static_cast<unsigned char>(name.empty() ? '?' : name[0]);
    firsts.push_back(static_cast<char>(std::toupper(first)));
    ordered.push_back(static_cast<char>('A' + i % 26));
  }
  const std::set<char> different(firsts.begin(), firsts.end());
  const bool all_letters = std::all_of(firsts.begin(), firsts.end(), [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
  });
  return all_letters && different.size() == firsts.size() ? firsts : ordered;
}

std::string ring_text(const wire::cluster_picture& picture, const look& how) {
  const std::vector<slot_cell> cells = cells_of(picture);
  const bool has_slots = std::any_of(picture.hosts().begin(), picture.hosts().end(),
                                     [](const auto& host) { return host.slots_size() > 0; });
  if (cells.empty() || !has_slots)
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
  for (std::size_t i = 0; i < letters.size(); ++i)
    legend += fmt::format("{} = {}  ", coloured(std::string(1, letters[i]), i, how),
                          harmless(picture.hosts(static_cast<int>(i)).name()));
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
