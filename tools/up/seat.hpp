// What stands beside a host's data folder for whoever watches over it (`carillon up`) and whoever wants it
// changed (`carillon up --rolling`), which may come and go at any time:
//   DATA.up       held by who watches the host; says which program it was started with
//   DATA.program  which program it is to be started with, also after all of this was stopped; absent: the
//                 one beside carillon. Held by who changes it.
// A program is told by its file, not by its path alone: what was installed over it is another one.
#pragma once

#include <string>

namespace carillon::up {

// "DEVICE:INODE:SIZE:MODIFIED /path/of/it", all links followed; empty: no such program that may be run.
std::string program_text(const std::string& path);
std::string path_of_program(const std::string& text);

// An open file with a lock that goes with its holder.
class held_file {
public:
  explicit held_file(std::string path) : path_(std::move(path)) {}
  ~held_file();
  held_file(held_file&& other) noexcept;
  held_file& operator=(held_file&&) = delete;

  // false: somebody else holds it. Throws client_error when there can be no such file.
  bool take();
  void write(const std::string& line) const;  // REQUIRES: taken
  const std::string& path() const { return path_; }

private:
  std::string path_;
  int file_ = -1;
};

bool is_held(const std::string& path);
// The first line; empty: there is none.
std::string line_of(const std::string& path);

inline std::string up_file(const std::string& data) { return data + ".up"; }
inline std::string program_file(const std::string& data) { return data + ".program"; }

}  // namespace carillon::up
