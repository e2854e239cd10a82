#include "tests/support/place_file.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "config/networks.hpp"
#include "runtime/base/ensure.hpp"

namespace carillon::testing {
namespace {

// -- the data section: a control byte of type and size, then what it says --

void put_control(std::string& out, unsigned type, std::size_t size) {
  ENSURE(size < 29, "sizes that need no further byte are enough");
  const bool extended = type > 7;
  out += static_cast<char>((extended ? 0 : type) << 5 | size);
  if (extended)
    out += static_cast<char>(type - 7);
}
void put_text(std::string& out, const std::string& text) {
  put_control(out, 2, text.size());
  out += text;
}
void put_number(std::string& out, unsigned type, std::uint64_t value) {
  std::string bytes;
  for (; value != 0; value >>= 8)
    bytes.insert(bytes.begin(), static_cast<char>(value & 0xff));
  put_control(out, type, bytes.size());
  out += bytes;
}
void put_map(std::string& out, std::size_t entries) {
  put_control(out, 7, entries);
}
constexpr unsigned uint16 = 5, uint32 = 6, uint64 = 9, array = 11;

std::string data_of(const known_network& one) {
  std::string out;
  put_map(out, !one.country.empty() + !one.continent.empty());
  if (!one.continent.empty()) {
    put_text(out, "continent");
    put_map(out, 1);
    put_text(out, "code");
    put_text(out, one.continent);
  }
  if (!one.country.empty()) {
    put_text(out, "country");
    put_map(out, 1);
    put_text(out, "iso_code");
    put_text(out, one.country);
  }
  return out;
}

std::string metadata(std::size_t nodes) {
  std::string out = "\xab\xcd\xef" "MaxMind.com";
  put_map(out, 9);
  put_text(out, "node_count");
  put_number(out, uint32, nodes);
  put_text(out, "record_size");
  put_number(out, uint16, 24);
  put_text(out, "ip_version");
  put_number(out, uint16, 6);
  put_text(out, "database_type");
  put_text(out, "Test-Country");
  put_text(out, "languages");
  put_control(out, array, 1);
  put_text(out, "en");
  put_text(out, "binary_format_major_version");
  put_number(out, uint16, 2);
  put_text(out, "binary_format_minor_version");
  put_number(out, uint16, 0);
  put_text(out, "build_epoch");
  put_number(out, uint64, 1'700'000'000);
  put_text(out, "description");
  put_map(out, 0);
  return out;
}

// -- the search tree --

// Of a node's two sides: another node, somebody's data, or nothing.
struct side {
  enum { nothing, node, data } what = nothing;
  std::size_t which = 0;
};
using tree = std::vector<std::array<side, 2>>;

// In the tree, IPv4 addresses stand behind 96 bits that are 0.
std::vector<bool> path_of(const ip_network& network) {
  std::vector<bool> out(network.base.is_v6 ? 0 : 96, false);
  for (std::uint32_t bit = 0; bit < network.bits; ++bit)
    out.push_back((network.base.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0);
  return out;
}

void insert(tree& into, const std::vector<bool>& path, std::size_t which) {
  std::size_t at = 0;
  for (std::size_t depth = 0; depth + 1 < path.size(); ++depth) {
    const side next = into[at][path[depth]];
    if (next.what != side::node) {
      into.push_back({next, next});  // below it, what stood there goes on
      into[at][path[depth]] = {side::node, into.size() - 1};
    }
    at = into[at][path[depth]].which;
  }
  into[at][path.back()] = {side::data, which};
}

}  // namespace

std::string place_file(std::vector<known_network> all) {
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return path_of(*parse_network(a.cidr)).size() < path_of(*parse_network(b.cidr)).size();
  });
  tree nodes(1);
  std::string data;
  std::vector<std::size_t> offsets;
  for (const known_network& each : all) {
    insert(nodes, path_of(*parse_network(each.cidr)), offsets.size());
    offsets.push_back(data.size());
    data += data_of(each);
  }
  constexpr std::size_t separator = 16;
  std::string out;
  for (const auto& node : nodes)
    for (const side& each : node) {
      std::size_t record = nodes.size();
      if (each.what == side::node)
        record = each.which;
      if (each.what == side::data)
        record = nodes.size() + separator + offsets[each.which];
      for (const int shift : {16, 8, 0})
        out += static_cast<char>(record >> shift & 0xff);
    }
  out.append(separator, '\0');
  return out + data + metadata(nodes.size());
}

}  // namespace carillon::testing
