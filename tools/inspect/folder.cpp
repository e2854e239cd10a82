#include "tools/inspect/folder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "storage/rocks_kv.hpp"
#include "tools/cli/data_folders.hpp"
#include "tools/client/host_process.hpp"

namespace carillon::inspect {
namespace {

namespace fs = std::filesystem;

// Keeps hosts from starting on the folder while we read it, and tells when one runs. A folder that
// is a copy may have no lock file; then there is nothing to hold.
class reading_lock {
public:
  explicit reading_lock(const std::string& path)
      : file_(::open((path + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC)),
        held_(file_ < 0 || ::flock(file_, LOCK_SH | LOCK_NB) == 0) {}
  ~reading_lock() {
    if (file_ >= 0)
      ::close(file_);
  }
  reading_lock(const reading_lock&) = delete;
  reading_lock& operator=(const reading_lock&) = delete;
  bool held() const { return held_; }

private:
  const int file_;
  const bool held_;
};

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

void read_marks(folder_report& report) {
  for (const char* name : {"OLD_COPY", "db/DAMAGED"}) {
    const std::string path = report.path + "/" + name;
    if (fs::exists(path))
      report.marks.push_back(std::string(name) + ": " + first_line(path));
  }
  for (const char* name : {"db.rescued", "db.old"})
    if (fs::exists(report.path + "/" + name))
      report.marks.push_back(std::string(name) + ": a copy that a host made of a damaged store");
}

void read_store(folder_report& report, std::size_t channels_wanted) {
  const std::string path = report.path + "/db";
  if (auto files = storage::check_table_files(path))
    report.files = std::move(*files);
  auto looked = storage::rocks_kv::look_into(path, {.block_cache_bytes = 32u << 20});
  if (!looked) {
    report.store_failure = looked.error().detail;
    return;
  }
  std::erase_if(report.files, [&](const storage::table_file& file) {
    return !file.damage.empty() && std::find(looked->table_files.begin(), looked->table_files.end(),
                                             file.name) == looked->table_files.end();
  });
  report.writes = looked->writes;
  report.promised = looked->promised;
  report.store = storage::check_store(
      *looked->store, {.on_channel = [&](const storage::channel_summary& channel) {
        if (++report.channels_found <= channels_wanted)
          report.channels.push_back(channel);
      }});
}

}  // namespace

std::uint64_t folder_report::damaged() const {
  const auto files_damaged = std::count_if(files.begin(), files.end(),
                                           [](const auto& file) { return !file.damage.empty(); });
  return store.found + static_cast<std::uint64_t>(files_damaged) + !store_failure.empty() +
         lacks_writes() + (directory ? directory->problems.size() : 0);
}

bool is_in_use(const std::string& path) {
  return cli::host_runs_on(path);
}

result<folder_report> read_folder(const std::string& path, std::size_t channels_wanted) {
  if (!fs::is_directory(path + "/db"))
    return make_error(errc::io_error, path + " is no data folder: it has no db/");
  reading_lock lock(path);
  if (!lock.held())
    return make_error(errc::overloaded, path + " is in use: a host runs on it");
  folder_report report;
  report.path = path;
  read_marks(report);
  read_store(report, channels_wanted);
  if (const std::string file = path + "/directory.sqlite"; fs::exists(file)) {
    client::scratch_folder scratch;
    auto read = storage::check_directory_file(file, scratch.path());
    if (!read)
      return read.error();
    report.directory = std::move(*read);
  }
  return report;
}

}  // namespace carillon::inspect
