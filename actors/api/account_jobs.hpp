// What becomes of people who sign up, sign in or are added: work on the directory. Each function is
// one job on the directory's thread, so nothing comes between its steps; passwords are hashed and
// checked on the hasher's, because that takes tens of milliseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/settings.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "storage/directory.hpp"

namespace carillon::api {

struct newcomer {
  std::string team;       // name; empty: the default team
  std::string name;       // of a person: any; becomes the handle
  std::string real_name;  // empty: as name
  std::string email;      // bots may have none
  std::string password;   // empty: cannot sign in by password
  bool bot = false;
  bool admin = false;
  std::string password_hash;    // of `password`, made by hash_of()
  bool name_is_handle = false;  // name_taken instead of another handle made from it
};

struct admission {
  storage::team_row team;
  storage::user_row user;
};

// Checks a newcomer's fields: invalid_arguments, invalid_email, weak_password. Pure.
status check_newcomer(const newcomer& who, const settings& config, bool needs_password);

// The text to store for a password; empty for an empty one. Slow.
result<std::string> hash_of(const std::string& password, const settings& config);

// The user, in the team of that name, which is founded if it is new. email_taken, name_taken.
result<admission> admit(storage::directory& directory, const newcomer& who, timestamp now);

// The team of that name, or the default team. team_not_found.
result<storage::team_row> team_named(const storage::directory& directory, const std::string& name);

// Who wants to sign in, and what their password must match. Nobody of that e-mail address or handle:
// an empty user and the hash of nothing, so that a stranger waits as long as a wrong password does.
struct sign_in {
  std::string team;
  std::string email;  // or
  std::string name;   // the handle
};
struct candidate {
  admission who;
  std::string password_hash;
};
// team_not_found.
result<candidate> find_candidate(const storage::directory& directory, const sign_in& given);
// invalid_auth, account_inactive. Slow.
result<admission> check_password(const candidate& found, const std::string& password,
                                 const settings& config);

struct issued_token {
  std::string text;  // told once, never stored
  storage::token_row row;
};
// `days` 0: without end.
result<issued_token> issue_token(storage::directory& directory, const storage::user_row& user,
                                 const std::string& device, const std::string& scopes,
                                 std::uint32_t days, timestamp now);

}  // namespace carillon::api
