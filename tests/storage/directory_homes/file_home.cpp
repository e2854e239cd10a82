#include "tests/storage/directory_homes/file_fixture.hpp"

namespace carillon::test {

std::unique_ptr<directory_home> make_directory_home() {
  return std::make_unique<file_home>();
}

}  // namespace carillon::test
