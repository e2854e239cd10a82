#include "storage/readable_rows.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "storage/keys.hpp"

namespace carillon::storage {
namespace {

// A key as a big number, so that one can go forward from it by steps and halve the way back. Longer
// keys than this are client_msg_ids: two that are alike so far count as one.
class key_number {
public:
  static constexpr std::size_t size = 40;
  static constexpr std::size_t bits = size * 8;

  explicit key_number(std::string_view key) : bytes_{} {
    std::copy_n(key.begin(), std::min(key.size(), size), bytes_.begin());
  }
  std::string text() const { return {bytes_.begin(), bytes_.end()}; }

  // This plus 2^bit; nullopt: beyond every key.
  std::optional<key_number> plus(std::size_t bit) const {
    key_number out = *this;
    unsigned carry = 1u << bit % 8;
    for (std::size_t i = size - bit / 8; carry != 0; carry >>= 8) {
      if (i-- == 0)
        return std::nullopt;
      carry += static_cast<unsigned char>(out.bytes_[i]);
      out.bytes_[i] = static_cast<char>(carry);
    }
    return out;
  }

private:
  std::array<char, size> bytes_;
};

}  // namespace

readable_rows::readable_rows(const kv& store, family where, gap_listener on_gap)
    : store_(store), where_(where), on_gap_(std::move(on_gap)) {
  at_ = store_.scan(where_, "");
  at_->seek("");
  if (valid())
    last_ = std::string(at_->key());
  else if (auto read = at_->failure(); !read)
    step_over(read.error());
}

void readable_rows::next() {
  last_ = std::string(at_->key());
  at_->next();
  if (at_->valid())
    return;
  if (auto read = at_->failure(); !read)
    step_over(read.error());
}

std::unique_ptr<cursor> readable_rows::seek(std::string_view key) const {
  auto at = store_.scan(where_, "");
  at->seek(key);
  if (!at->valid() && !at->failure())
    return nullptr;
  return at;
}

void readable_rows::step_over(error why) {
  unreadable_rows gap{.where = where_, .after = last_, .before = {}, .why = std::move(why)};
  // Forward by doubled steps until something can be read, then back by halved ones: the first row
  // behind the damage, as far as one bad block goes. Several close together count as one.
  const key_number from(last_);
  key_number unreadable = from;
  std::unique_ptr<cursor> found;
  std::size_t bit = 0;
  for (; bit < key_number::bits && !found; ++bit) {
    const auto to = from.plus(bit);
    if (!to)
      break;
    found = seek(to->text());
    if (!found)
      unreadable = *to;
  }
  for (std::size_t i = bit; found && i-- > 0;) {
    const auto to = unreadable.plus(i);
    // Behind what was found already there is nothing to learn.
    if (!to || (found->valid() && to->text() >= found->key()))
      continue;
    if (auto nearer = seek(to->text()))
      found = std::move(nearer);
    else
      unreadable = *to;
  }
  at_ = std::move(found);
  if (valid()) {
    gap.before = std::string(at_->key());
    last_ = gap.before;
  }
  on_gap_(gap);
}

}  // namespace carillon::storage
