// The replicas that live on this host, by slot: read by every thread all the time, changed when a slot
// comes or goes. A handle that was once in the table stays valid for the life of the table, so readers
// need no lock and copy nothing. (A few dozen bytes are kept for each move of a slot; slots move rarely.)
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <memory>
#include <mutex>

#include <caf/actor.hpp>

#include "runtime/base/ensure.hpp"

namespace carillon {

class slot_table {
public:
  class iterator {
  public:
    iterator(const slot_table* of, std::size_t at) : of_(of), at_(at) {}
    const caf::actor& operator*() const { return (*of_)[at_]; }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const iterator& other) const { return at_ != other.at_; }

  private:
    const slot_table* of_;
    std::size_t at_;
  };

  slot_table() = default;
  slot_table(const slot_table&) = delete;
  slot_table& operator=(const slot_table&) = delete;

  // -- before anybody else reads --
  void resize(std::size_t slots) {
    auto wider = std::make_unique<place[]>(slots);
    for (std::size_t i = 0; i < slots; ++i)
      wider[i].store(i < size_ ? places_[i].load() : &nobody_);
    places_ = std::move(wider);
    size_ = slots;
  }
  void push_back(caf::actor replica) {
    resize(size_ + 1);
    set(size_ - 1, std::move(replica));
  }
  slot_table& operator=(std::initializer_list<caf::actor> replicas) {
    clear();
    for (const caf::actor& each : replicas)
      push_back(each);
    return *this;
  }
  // Handles are let go as well. REQUIRES: nobody reads any more either.
  void clear() {
    size_ = 0;
    places_.reset();
    kept_.clear();
  }

  // -- any time, any thread --
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Null: this host has no replica of it.
  const caf::actor& operator[](std::size_t slot) const {
    return *places_[slot].load(std::memory_order_acquire);
  }
  const caf::actor& front() const { return (*this)[0]; }
  iterator begin() const { return {this, 0}; }
  iterator end() const { return {this, size_}; }
  void set(std::size_t slot, caf::actor replica) {
    ENSURE(slot < size_, "a slot of the table");
    const caf::actor* now = &nobody_;
    if (replica) {
      std::lock_guard lock(mutex_);
      now = &kept_.emplace_back(std::move(replica));
    }
    places_[slot].store(now, std::memory_order_release);
  }

private:
  using place = std::atomic<const caf::actor*>;

  const caf::actor nobody_;
  std::unique_ptr<place[]> places_;
  std::size_t size_ = 0;
  std::mutex mutex_;
  std::deque<caf::actor> kept_;
};

}  // namespace carillon
