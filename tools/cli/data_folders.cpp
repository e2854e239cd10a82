#include "tools/cli/data_folders.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/client/http_client.hpp"

namespace carillon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{1};  // a host says at once whether it is ready

bool has_address(const fs::path& folder) {
  std::error_code failed;
  return fs::exists(folder / "address", failed);
}

bool takes_clients(const std::string& folder) {
  std::string url;
  std::ifstream file(folder + "/address");
  std::getline(file, url);
  int status = -1;
  try {
    const client::endpoint where = client::endpoint::parse(url);
    client::event_loop loop;
    client::http_client http(loop, where);
    http.send(client::get_request(where, "/readyz"), [&](const client::http_response_view* said) {
      status = said ? said->status : 0;
    });
    loop.run_until([&] { return status >= 0; }, patience);
    http.close();
  } catch (const std::exception&) {
    return false;
  }
  return status == 200;
}

}  // namespace

bool host_runs_on(const std::string& folder) {
  const int file = ::open((folder + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  const bool taken = ::flock(file, LOCK_SH | LOCK_NB) != 0;
  ::close(file);
  return taken;
}

std::vector<std::string> running_folders_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code failed;
  for (const auto& each : fs::directory_iterator(folder, failed))
    if (each.is_directory(failed) && has_address(each.path()) && host_runs_on(each.path().string()))
      found.push_back(each.path().string());
  std::sort(found.begin(), found.end());
  return found;
}

std::string running_folder(const std::string& folder) {
  if (has_address(folder) && host_runs_on(folder))
    return folder;
  const std::vector<std::string> found = running_folders_in(folder);
  if (found.empty())
    return folder;
  if (found.size() > 1)
    for (const std::string& each : found)
      if (takes_clients(each))
        return each;
  return found.front();
}

}  // namespace carillon::cli
