// That this process must end by itself, and with which exit code: said by whoever finds out, looked
// for by main(). The first word counts. Thread-safe.
#pragma once

#include <atomic>

namespace carillon {

class departure {
public:
  // Exit codes of carillond: README names them.
  enum class reason : int {
    damaged_store = 3,  // start again: what can be read is rescued then, the rest comes from others
    old_copy = 4,       // do not start again on this folder
  };

  void ask(reason why) {
    int nobody = 0;
    code_.compare_exchange_strong(nobody, static_cast<int>(why));
  }
  // 0: nothing speaks against going on.
  int exit_code() const { return code_.load(); }

private:
  std::atomic<int> code_{0};
};

}  // namespace carillon
