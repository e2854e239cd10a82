#include "actors/api/errand.hpp"

#include "actors/api/method_table.hpp"

namespace carillon::api {

errand errand_of(std::string_view method_name) {
  while (method_name.ends_with('/'))
    method_name.remove_suffix(1);
  if (is_arrival(method_name))
    return errand::arrival;
  const method* row = find_method(method_name);
  return !row || row->reads ? errand::read : errand::write;
}

}  // namespace carillon::api
