// The answers of several who were asked at once: complete when the last has answered or when the time
// is up, whichever comes first. Later answers find nobody. Lives in the callbacks of one actor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <caf/all.hpp>

#include "actors/protocols.hpp"

namespace carillon {

template <class Answer>
class gathering {
public:
  // By the order of asking; nullopt: no answer in time.
  using answers = std::vector<std::optional<Answer>>;

  // `then` runs once, later; at once when nobody is asked.
  static std::shared_ptr<gathering> begin(caf::event_based_actor& self, std::size_t asked,
                                          std::chrono::milliseconds patience,
                                          std::function<void(answers)> then) {
    auto out = std::make_shared<gathering>();
    out->answers_.resize(asked);
    out->awaited_ = asked;
    out->then_ = std::move(then);
    if (asked == 0)
      out->end();
    else
      self.delayed_send(&self, patience, run_later{[out] { out->end(); }});
    return out;
  }

  void answered(std::size_t place, Answer what) {
    answers_[place] = std::move(what);
    one_done();
  }
  void refused(std::size_t) { one_done(); }

private:
  void one_done() {
    if (--awaited_ == 0)
      end();
  }
  void end() {
    if (auto then = std::exchange(then_, nullptr))
      then(std::exchange(answers_, answers(answers_.size())));
  }

  answers answers_;
  std::size_t awaited_ = 0;
  std::function<void(answers)> then_;
};

}  // namespace carillon
