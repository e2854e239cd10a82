// What one token may do: the directory's row with its scopes taken apart, made once per token and
// shared by all calls that carry it. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/directory.hpp"

namespace carillon::api {

class access {
public:
  explicit access(storage::principal who);
  // The host-wide admin token: no user, scope "admin" only.
  static std::shared_ptr<const access> host_admin();

  const storage::principal& who() const { return who_; }
  const storage::user_row& user() const { return who_.user; }
  const std::string& token_hash() const { return who_.token.hash; }
  bool is_host_admin() const { return host_admin_; }
  bool is_bot() const { return who_.user.bot; }
  bool is_admin() const { return host_admin_ || who_.user.admin || who_.user.owner; }
  bool expired(timestamp now) const {
    return who_.token.expires != 0 && now / 1'000'000 >= who_.token.expires;
  }

  // One of the comma-separated `accepted` scopes is enough; "" needs none.
  bool allows(std::string_view accepted) const;
  const std::string& scopes() const { return who_.token.scopes; }

private:
  storage::principal who_;
  bool all_ = false;  // "*"
  bool host_admin_ = false;
  std::vector<std::string> granted_;
};
using access_ptr = std::shared_ptr<const access>;

}  // namespace carillon::api
