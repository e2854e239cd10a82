// The questions that one actor has asked and that have no answer yet: each ends at its deadline, even
// if whoever was asked never says a word (a disk that hangs). One timer for all of them, not one per
// question: a timer stays in the clock until it fires, and most questions are answered in milliseconds.
// Lives in the asking actor (ask_entity.hpp finds it there), used in its context only. Holds no clock.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/clock.hpp"

namespace carillon {

class ask_watch {
public:
  class question : public std::enable_shared_from_this<question> {
  public:
    question(const question&) = delete;
    question& operator=(const question&) = delete;
    virtual ~question() { leave(); }

  protected:
    explicit question(tick_time give_up) : give_up_(give_up) {}
    // It is over: the deadline does not matter any more.
    void leave() {
      if (in_)
        std::exchange(in_, nullptr)->open_.erase(place_);
    }

  private:
    friend class ask_watch;
    virtual void on_deadline() = 0;  // it has left

    const tick_time give_up_;
    ask_watch* in_ = nullptr;        // null: not watched
    std::list<question*>::iterator place_;
  };

  ask_watch() = default;
  ask_watch(const ask_watch&) = delete;
  ask_watch& operator=(const ask_watch&) = delete;
  ~ask_watch() {
    for (question* each : open_)
      each->in_ = nullptr;
  }

  // True: end_overdue() is to be called at the question's deadline, for nothing else would by then.
  bool add(question& what) {
    what.place_ = open_.insert(open_.end(), &what);
    what.in_ = this;
    if (wakes_ && *wakes_ <= what.give_up_)
      return false;
    wakes_ = what.give_up_;
    return true;
  }

  // Ends what is overdue; says when to be called next, if ever.
  std::optional<tick_time> end_overdue(tick_time now) {
    std::vector<std::shared_ptr<question>> over;  // an end may open or close others
    wakes_.reset();
    for (question* each : open_)
      if (each->give_up_ <= now)
        over.push_back(each->shared_from_this());
      else if (!wakes_ || each->give_up_ < *wakes_)
        wakes_ = each->give_up_;
    const auto next = wakes_;
    for (const auto& each : over)
      if (each->in_) {
        each->leave();
        each->on_deadline();
      }
    return next;
  }

  std::size_t size() const { return open_.size(); }

private:
  std::list<question*> open_;
  std::optional<tick_time> wakes_;  // a call of end_overdue() is owed then
};

}  // namespace carillon
