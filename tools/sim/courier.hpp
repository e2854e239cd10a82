// Brings what the slots that a simulated host leads have for inboxes to the slots of users, as
// actors/slot/inbox_courier.cpp does: the real inbox_rounds, its mails asked of the simulated cluster.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "actors/slot/inbox_rounds.hpp"

namespace carillon::sim {

class host;

class courier {
public:
  using receipts_then = std::function<void(const std::vector<inbox_receipt>&)>;

  explicit courier(host& on);
  // A name for who brings letters, of theirs alone as long as the process lives.
  std::uint64_t new_sender() { return ++last_sender_; }
  // `then`: later, of some or all that were brought under this name and reign, until there is one for each.
  void take(inbox_rounds::sender from, std::vector<inbox_letter> letters, const std::vector<slot_id>& urgent,
            receipts_then then);

private:
  struct open_letters {
    receipts_then then;
    std::size_t open = 0;
  };

  void work();
  void give_receipts();
  void ask(inbox_rounds::mail mail);

  host& on_;
  inbox_rounds rounds_;
  std::map<inbox_rounds::sender, open_letters> senders_;  // none without open ones
  std::uint64_t last_sender_ = 0;
  bool timer_ = false;
};

}  // namespace carillon::sim
