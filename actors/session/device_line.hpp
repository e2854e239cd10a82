// What the user's slot is told of this device: it is here, or it is gone; one word at a time, because
// words that are repeated on their way to another leader would overtake each other. Pure.
#pragma once

namespace carillon {

class device_line {
public:
  enum class word { nothing, here, gone };

  // The word to say now; `nothing`: one is under way, and its end says what follows.
  word is_here() {
    wanted_ = word::here;
    return next();
  }
  word is_gone() {
    wanted_ = word::gone;
    return next();
  }
  // What was said last was heard, or its deadline is over.
  word said() {
    under_way_ = false;
    return next();
  }

private:
  word next() {
    if (under_way_ || wanted_ == word::nothing)
      return word::nothing;
    under_way_ = true;
    word out = wanted_;
    wanted_ = word::nothing;
    return out;
  }

  word wanted_ = word::nothing;
  bool under_way_ = false;
};

}  // namespace carillon
