#include "storage/directory_copier.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/slot_range.hpp"

namespace carillon::storage {
namespace {

constexpr std::uint32_t piece_min_bytes = 4u << 10;
constexpr std::uint32_t piece_max_bytes = 4u << 20;
// Making and taking a copy of gigabytes is a matter of the disk's speed.
constexpr std::chrono::seconds copy_patience{60};

// A place in a copy: which one, and how many of its bytes come before.
struct place {
  std::uint64_t index = 0;
  std::uint64_t offset = 0;
};

std::string key_of(const place& at) {
  std::string out;
  for (std::uint64_t number : {at.index, at.offset})
    for (int shift = 56; shift >= 0; shift -= 8)
      out += static_cast<char>(number >> shift & 0xff);
  return out;
}

std::optional<place> place_of(std::string_view key) {
  if (key.size() != 16)
    return std::nullopt;
  std::uint64_t numbers[2] = {};
  for (std::size_t i = 0; i < 16; ++i)
    numbers[i / 8] = numbers[i / 8] << 8 | static_cast<unsigned char>(key[i]);
  return place{numbers[0], numbers[1]};
}

error system_error(const std::string& path) {
  return make_error(errc::storage_unavailable, path + ": " + std::strerror(errno));
}

class open_file {
public:
  open_file(const std::string& path, int flags) : number_(::open(path.c_str(), flags, 0600)) {}
  ~open_file() {
    if (number_ >= 0)
      ::close(number_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

private:
  const int number_;
};

}  // namespace

directory_copier::directory_copier(std::string file, directory_applier& applier)
    : given_path_(file + ".copy"), taken_path_(file + ".incoming"), applier_(applier) {
  ::unlink(given_path_.c_str());
  ::unlink(taken_path_.c_str());
}

// -- giving -------------------------------------------------------------------------------------

// On the applier's thread, after all that the meta group had handed out when this was asked. The
// copy is as of what the file itself says, and of nothing later: its taker drops the commands up to
// there.
status directory_copier::make_copy(std::uint64_t wanted) {
  struct made {
    status outcome = errc::timed_out;
    std::uint64_t index = 0;
  };
  auto out = std::make_shared<made>();
  auto work = [out, path = given_path_](directory_replica& replica) {
    ::unlink(path.c_str());
    // SQLite takes an empty file, and so it is not readable for everybody.
    if (!open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)) {
      out->outcome = system_error(path);
      return;
    }
    out->outcome = replica.copy_to(path);
    auto index = replica.applied_index();
    if (index)
      out->index = *index;
    else if (out->outcome)
      out->outcome = index.error();
  };
  given_index_ = 0;
  if (!applier_.run(work, steady_now() + copy_patience))
    return make_error(errc::timed_out, "the directory is not as far as asked yet");
  if (!out->outcome)
    return out->outcome;
  struct stat facts {};
  if (::stat(given_path_.c_str(), &facts) != 0)
    return system_error(given_path_);
  if (out->index < wanted)
    return make_error(errc::timed_out, "the directory is not as far as asked yet");
  given_index_ = out->index;
  given_bytes_ = static_cast<std::uint64_t>(facts.st_size);
  return ok;
}

result<wire::chunk> directory_copier::read_chunk(const wire::fetch_chunk& asked) {
  std::lock_guard hold(giving_);
  place at;
  if (asked.after_key().empty()) {
    const std::uint64_t wanted = std::max<std::uint64_t>(asked.index(), 1);
    if (given_index_ < wanted)
      if (auto copied = make_copy(wanted); !copied)
        return copied.error();
    at = {given_index_, 0};
  } else if (auto given = place_of(asked.after_key())) {
    at = *given;
  } else {
    return make_error(errc::invalid_arguments, "not a place in a copy of the directory");
  }
  if (given_index_ == 0 || at.index != given_index_ || at.offset > given_bytes_)
    return make_error(errc::not_found, "that copy of the directory is no more");
  std::string bytes(
      std::min<std::uint64_t>(std::clamp(asked.bytes_max(), piece_min_bytes, piece_max_bytes),
                              given_bytes_ - at.offset),
      '\0');
  open_file file(given_path_, O_RDONLY | O_CLOEXEC);
  if (!file || ::pread(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(at.offset)) !=
                   static_cast<ssize_t>(bytes.size()))
    return system_error(given_path_);
  at.offset += bytes.size();
  wire::chunk piece;
  auto& row = *piece.add_rows();
  row.set_key(key_of(at));
  row.set_value(std::move(bytes));
  piece.set_last(at.offset == given_bytes_);
  piece.set_crc32c(checksum_of(piece));
  return piece;
}

// -- taking -------------------------------------------------------------------------------------

status directory_copier::take_chunk(const wire::chunk& piece) {
  std::lock_guard hold(taking_);
  if (piece.crc32c() != checksum_of(piece))
    return make_error(errc::corrupt_record, "a piece of the directory: checksum mismatch");
  for (const wire::chunk_row& row : piece.rows()) {
    auto end = place_of(row.key());
    if (!end || end->offset < row.value().size())
      return make_error(errc::corrupt_record, "a piece of the directory: it has no place");
    const std::uint64_t from = end->offset - row.value().size();
    if (from == 0) {
      ::unlink(taken_path_.c_str());
      taken_index_ = end->index;
      taken_bytes_ = 0;
    }
    if (end->index != taken_index_ || from != taken_bytes_)
      return make_error(errc::corrupt_record, "a piece of the directory: it does not follow");
    open_file file(taken_path_, O_WRONLY | O_CREAT | O_CLOEXEC);
    if (!file || ::pwrite(file.number(), row.value().data(), row.value().size(),
                          static_cast<off_t>(from)) != static_cast<ssize_t>(row.value().size()))
      return system_error(taken_path_);
    taken_bytes_ = end->offset;
  }
  if (!piece.last())
    return ok;
  const std::uint64_t index = std::exchange(taken_index_, 0);
  taken_bytes_ = 0;
  return take_over(index);
}

status directory_copier::take_over(std::uint64_t index) {
  struct made {
    status outcome = make_error(errc::timed_out, "the directory is busy");
  };
  auto out = std::make_shared<made>();
  auto work = [this, out, index](directory_replica& replica) {
    out->outcome = ok;
    if (applier_.applied() < index) {
      if (auto events = replica.replace_by(taken_path_, index))
        applier_.tell(*events);
      else
        out->outcome = events.error();
    }
    ::unlink(taken_path_.c_str());
  };
  if (!applier_.run(work, steady_now() + copy_patience))
    return make_error(errc::timed_out, "the directory is busy");
  return out->outcome;
}

}  // namespace carillon::storage
