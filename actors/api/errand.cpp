#include "actors/api/errand.hpp"

#include <algorithm>
#include <array>

#include "actors/api/method_table.hpp"

namespace carillon::api {
namespace {

constexpr std::array readers = {
    std::string_view("api.test"),
    std::string_view("auth.test"),
    std::string_view("bots.info"),
    std::string_view("carillon.admin.tokens.list"),
    std::string_view("carillon.admin.users.list"),
    std::string_view("chat.getPermalink"),
    std::string_view("conversations.history"),
    std::string_view("conversations.info"),
    std::string_view("conversations.list"),
    std::string_view("conversations.members"),
    std::string_view("team.info"),
    std::string_view("users.conversations"),
    std::string_view("users.getPresence"),
    std::string_view("users.info"),
    std::string_view("users.list"),
    std::string_view("users.lookupByEmail"),
    std::string_view("users.profile.get"),
};

}  // namespace

// A method that is added to the table and to no list here writes: the careful side.
errand errand_of(std::string_view method_name) {
  while (method_name.ends_with('/'))
    method_name.remove_suffix(1);
  if (is_arrival(method_name))
    return errand::arrival;
  if (!find_method(method_name) ||
      std::find(readers.begin(), readers.end(), method_name) != readers.end())
    return errand::read;
  return errand::write;
}

}  // namespace carillon::api
