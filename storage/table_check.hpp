// The part of store_check that reads entities: their messages and what the index says of them.
// Reads; blocks on the disk. One thread.
#pragma once

#include "storage/check_book.hpp"

namespace carillon::storage {

// REQUIRES: `book` has the facts of all slots: where tables are mixed, nothing is concluded.
void check_tables(const kv& store, const check_options& how, check_book& book);

}  // namespace carillon::storage
