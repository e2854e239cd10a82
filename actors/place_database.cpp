#include "actors/place_database.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/logging.hpp"

namespace carillon {

struct place_database::file {
  std::string path;
  MMDB_s opened{};
  ~file() { MMDB_close(&opened); }
};

namespace {

constexpr std::size_t copied_at_once = 1 << 16;

struct descriptor {
  int number = -1;
  ~descriptor() {
    if (number >= 0)
      ::close(number);
  }
};

error unusable(const std::string& path, const std::string& why) {
  return make_error(errc::invalid_config,
                    fmt::format("discovery.maxmind = \"{}\": cannot be used: {}", path, why));
}

// False: errno has why.
bool copy(int from, int to) {
  std::array<char, copied_at_once> bytes;
  for (;;) {
    const ssize_t size = ::read(from, bytes.data(), bytes.size());
    if (size <= 0)
      return size == 0;
    for (ssize_t done = 0; done < size;) {
      const ssize_t written =
          ::write(to, bytes.data() + done, static_cast<std::size_t>(size - done));
      if (written < 0)
        return false;
      done += written;
    }
  }
}

std::string text_at(MMDB_entry_s entry, const char* outer, const char* inner) {
  MMDB_entry_data_s found;
  const int failure = MMDB_get_value(&entry, &found, outer, inner, nullptr);
  if (failure != MMDB_SUCCESS || !found.has_data || found.type != MMDB_DATA_TYPE_UTF8_STRING)
    return {};
  return {found.utf8_string, found.data_size};
}

std::string_view type_of(const MMDB_s& opened) {
  const char* type = opened.metadata.database_type;
  return type ? type : "database of no type";
}

std::string day_of(std::uint64_t seconds) {
  using namespace std::chrono;
  const year_month_day day(floor<days>(sys_seconds(std::chrono::seconds(seconds))));
  return fmt::format("{}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

MMDB_lookup_result_s look_up(const MMDB_s& in, const ip_address& address, int& failure) {
  if (address.is_v6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::copy(address.bytes.begin(), address.bytes.end(), v6.sin6_addr.s6_addr);
    return MMDB_lookup_sockaddr(&in, reinterpret_cast<const sockaddr*>(&v6), &failure);
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  std::memcpy(&v4.sin_addr, address.bytes.data(), sizeof v4.sin_addr);
  return MMDB_lookup_sockaddr(&in, reinterpret_cast<const sockaddr*>(&v4), &failure);
}

place_database::place place_at(const MMDB_entry_s& entry) {
  return {text_at(entry, "country", "iso_code"), text_at(entry, "continent", "code")};
}

// Does one of its networks, of the first `looked_at_max`, have a place? Of networks, providers or
// domains there are databases too.
bool has_places(const MMDB_s& in) {
  constexpr int looked_at_max = 10'000, nodes_max = 1'000'000;  // a damaged tree may have no end
  std::vector<std::uint32_t> nodes{0};
  int looked_at = 0;
  for (int n = 0; n < nodes_max && looked_at < looked_at_max && !nodes.empty(); ++n) {
    MMDB_search_node_s node;
    const int failure = MMDB_read_node(&in, nodes.back(), &node);
    nodes.pop_back();
    if (failure != MMDB_SUCCESS)
      continue;
    const auto is_place = [&](std::uint64_t record, int type, const MMDB_entry_s& entry) {
      if (type == MMDB_RECORD_TYPE_SEARCH_NODE)
        nodes.push_back(static_cast<std::uint32_t>(record));
      if (type != MMDB_RECORD_TYPE_DATA)
        return false;
      ++looked_at;
      const place_database::place found = place_at(entry);
      return !found.country.empty() || !found.continent.empty();
    };
    if (is_place(node.right_record, node.right_record_type, node.right_record_entry) ||
        is_place(node.left_record, node.left_record_type, node.left_record_entry))
      return true;
  }
  return false;
}

}  // namespace

place_database::place_database(std::unique_ptr<file> opened) : file_(std::move(opened)) {}
place_database::~place_database() = default;

result<std::unique_ptr<const place_database>> place_database::open(const std::string& path) {
  const descriptor from{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat about {};
  if (from.number < 0 || ::fstat(from.number, &about) != 0)
    return unusable(path, std::strerror(errno));
  if (!S_ISREG(about.st_mode))
    return unusable(path, "it is no file");
  const descriptor ours{::memfd_create("places", MFD_CLOEXEC)};
  if (ours.number < 0 || !copy(from.number, ours.number))
    return unusable(path, std::strerror(errno));
  // The library opens names only, and maps what it opens.
  const std::string name = fmt::format("/proc/self/fd/{}", ours.number);
  MMDB_s opened{};
  errno = 0;
  const int failure = MMDB_open(name.c_str(), MMDB_MODE_MMAP, &opened);
  if (failure != MMDB_SUCCESS) {
    const bool by_system = failure == MMDB_IO_ERROR || failure == MMDB_FILE_OPEN_ERROR;
    return unusable(path, by_system && errno != 0 ? std::strerror(errno) : MMDB_strerror(failure));
  }
  auto held = std::make_unique<file>();
  held->path = path;
  held->opened = opened;
  if (!has_places(opened))
    return unusable(path, fmt::format("no network in it has country.iso_code or continent.code: it is a {}",
                                      type_of(opened)));
  return std::unique_ptr<const place_database>(new place_database(std::move(held)));
}

std::string place_database::describe() const {
  const MMDB_metadata_s& about = file_->opened.metadata;
  return fmt::format("{} is a {} of {}", file_->path, type_of(file_->opened),
                     day_of(about.build_epoch));
}

place_database::place place_database::of(const ip_address& address) const {
  int failure = MMDB_SUCCESS;
  const MMDB_lookup_result_s found = look_up(file_->opened, address, failure);
  if (failure != MMDB_SUCCESS || !found.found_entry)
    return {};
  return place_at(found.entry);
}

}  // namespace carillon
