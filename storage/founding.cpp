#include "storage/founding.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

constexpr std::size_t facts_size = 3 * 8;  // format, store id, slots

std::uint64_t draw(random_source& random) {
  std::uint64_t id = 0;
  while (id == 0)
    id = random.next();
  return id;
}

void put_facts(write_batch& batch, const founding& facts) {
  std::string value;
  append_u64(value, facts.format);
  append_u64(value, facts.store_id);
  append_u64(value, facts.slots);
  seal(family::meta, founding_key, value);
  batch.put(family::meta, founding_key, value);
}

void put_cluster(write_batch& batch, const founding& facts) {
  std::string value;
  ENSURE(to_wire(facts).AppendToString(&value), "founding facts serialize");
  seal(family::meta, cluster_key, value);
  batch.put(family::meta, cluster_key, value);
}

// starts:8 size:8 of the host's name, that name, the cluster's name to the end
void put_starts(write_batch& batch, const founding& facts) {
  std::string value;
  append_u64(value, facts.starts);
  append_u64(value, facts.host_name.size());
  value += facts.host_name;
  value += facts.cluster_name;
  seal(family::meta, starts_key, value);
  batch.put(family::meta, starts_key, value);
}

status read_starts(const kv& store, founding& facts) {
  auto value = store.get(family::meta, starts_key);
  if (!value)
    return value.error();
  if (!*value)
    return facts.format < 3 ? status(ok)
                            : status(corrupt(family::meta, starts_key, "missing"));
  auto payload = unseal(family::meta, starts_key, **value);
  if (!payload)
    return payload.error();
  if (payload->size() < 16 || get_u64(payload->data() + 8) > payload->size() - 16)
    return corrupt(family::meta, starts_key, "unexpected length");
  const auto name_size = static_cast<std::size_t>(get_u64(payload->data() + 8));
  facts.starts = get_u64(payload->data());
  facts.host_name = payload->substr(16, name_size);
  facts.cluster_name = payload->substr(16 + name_size);
  return ok;
}

result<bool> is_empty(const kv& store) {
  for (std::size_t i = 0; i < family_count; ++i) {
    auto at = store.scan(static_cast<family>(i), "");
    at->seek("");
    if (at->valid())
      return false;
    if (auto scanned = at->failure(); !scanned)
      return scanned.error();
  }
  return true;
}

result<founding> found(kv& store, std::uint32_t slots, random_source& random) {
  auto empty = is_empty(store);
  if (!empty)
    return empty.error();
  if (!*empty)
    return corrupt(family::meta, founding_key, "missing beside other data");
  founding facts;
  facts.slots = slots;
  facts.is_new = true;
  facts.store_id = draw(random);
  auto batch = store.make_batch();
  put_facts(*batch, facts);
  put_starts(*batch, facts);
  if (auto written = store.write(*batch, true); !written)
    return written.error();
  return facts;
}

// A store of its own: from format 1, or one that never met others.
status become_a_cluster(kv& store, founding& facts, random_source& random) {
  facts.format = format_version;
  facts.cluster_id = draw(random);
  facts.meta_voters = {facts.store_id};
  auto batch = store.make_batch();
  put_facts(*batch, facts);
  put_starts(*batch, facts);
  put_cluster(*batch, facts);
  return store.write(*batch, true);
}

status read_cluster(const kv& store, founding& facts) {
  auto row = get_row<wire::founding_facts>(store, family::meta, cluster_key);
  if (!row)
    return row.error();
  if (!*row)
    return ok;
  facts.cluster_id = (*row)->cluster_id();
  facts.meta_voters.assign((*row)->meta_voters().begin(), (*row)->meta_voters().end());
  return ok;
}

}  // namespace

result<std::optional<founding>> read_founding(const kv& store) {
  auto value = store.get(family::meta, founding_key);
  if (!value)
    return value.error();
  if (!*value)
    return std::optional<founding>();
  auto payload = unseal(family::meta, founding_key, **value);
  if (!payload)
    return payload.error();
  if (payload->size() != facts_size)
    return corrupt(family::meta, founding_key, "unexpected length");
  founding facts;
  facts.format = get_u64(payload->data());
  facts.store_id = get_u64(payload->data() + 8);
  facts.slots = static_cast<std::uint32_t>(get_u64(payload->data() + 16));
  if (facts.format > format_version)
    return make_error(errc::invalid_config,
                      fmt::format("the data folder has format {}, this program reads up to {}: "
                                  "use a newer carillond",
                                  facts.format, format_version));
  if (auto cluster = read_cluster(store, facts); !cluster)
    return cluster.error();
  if (auto starts = read_starts(store, facts); !starts)
    return starts.error();
  return std::optional(std::move(facts));
}

wire::founding_facts to_wire(const founding& facts) {
  wire::founding_facts out;
  out.set_cluster_id(facts.cluster_id);
  out.set_slots(facts.slots);
  for (raft::member_id voter : facts.meta_voters)
    out.add_meta_voters(voter);
  return out;
}

result<founding> open_founding(kv& store, std::uint32_t slots, random_source& random) {
  auto there = read_founding(store);
  if (!there)
    return there.error();
  if (!*there)
    return found(store, slots, random);
  founding facts = std::move(**there);
  if (facts.slots != slots)
    return make_error(errc::invalid_config,
                      fmt::format("the data folder was founded with cluster.slots = {} and keeps "
                                  "it; the configuration says {}",
                                  facts.slots, slots));
  if (facts.format == 1)
    if (auto grown = become_a_cluster(store, facts, random); !grown)
      return grown.error();
  return facts;
}

result<founding> found_or_check(kv& store, std::uint32_t slots, random_source& random) {
  auto facts = open_founding(store, slots, random);
  if (facts && !facts->has_cluster())
    if (auto grown = become_a_cluster(store, *facts, random); !grown)
      return grown.error();
  return facts;
}

status check_names(const founding& facts, const start_names& names) {
  if (!facts.cluster_name.empty() && facts.cluster_name != names.cluster)
    return make_error(
        errc::invalid_config,
        fmt::format("the data folder belongs to the cluster \"{}\" and keeps that; the "
                    "configuration says cluster.name = \"{}\": correct it, or give this host an "
                    "empty folder",
                    facts.cluster_name, names.cluster));
  if (!facts.host_name.empty() && !names.host.empty() && facts.host_name != names.host)
    return make_error(
        errc::invalid_config,
        fmt::format("the data folder is that of the host \"{}\", and this is \"{}\": folders are "
                    "not copied from host to host, and hosts keep their names. Start \"{}\" on it, "
                    "or give \"{}\" an empty folder: it joins as a new host",
                    facts.host_name, names.host, facts.host_name, names.host));
  return ok;
}

status count_start(kv& store, founding& facts, const start_names& names) {
  if (auto same = check_names(facts, names); !same)
    return same;
  founding next = facts;
  next.format = format_version;
  ++next.starts;
  next.cluster_name = names.cluster;
  if (!names.host.empty())
    next.host_name = names.host;
  auto batch = store.make_batch();
  put_facts(*batch, next);
  put_starts(*batch, next);
  if (auto written = store.write(*batch, true); !written)
    return written;
  facts = std::move(next);
  return ok;
}

status write_founding(kv& store, const wire::founding_facts& facts) {
  auto there = read_founding(store);
  if (!there)
    return there.error();
  if (!*there)
    return make_error(errc::internal_error, "a cluster is joined by a store that has an id");
  founding here = std::move(**there);
  if (facts.cluster_id() == 0 || facts.meta_voters().empty())
    return make_error(errc::invalid_config, "these facts of a cluster are not complete");
  if (facts.slots() != here.slots)
    return make_error(errc::invalid_config,
                      fmt::format("the cluster has {} slots, the data folder {}", facts.slots(),
                                  here.slots));
  if (here.has_cluster() && here.cluster_id != facts.cluster_id())
    return make_error(errc::invalid_config,
                      "the data folder belongs to another cluster and keeps that");
  if (here.has_cluster())
    return ok;
  here.cluster_id = facts.cluster_id();
  here.meta_voters.assign(facts.meta_voters().begin(), facts.meta_voters().end());
  std::sort(here.meta_voters.begin(), here.meta_voters.end());
  auto batch = store.make_batch();
  put_cluster(*batch, here);
  return store.write(*batch, true);
}

}  // namespace carillon::storage
