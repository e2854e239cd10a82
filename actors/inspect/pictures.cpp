#include "actors/inspect/pictures.hpp"

#include <algorithm>

#include "actors/describing.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/json.hpp"

namespace carillon {
namespace {

// Microseconds. Who is asked together with sixty others on two cores answers later than one would
// alone; that is no mailbox to speak of.
constexpr std::uint64_t answered_at_once = 20'000;

template <class Lines, class Higher>
void keep_highest(Lines* lines, std::uint32_t limit, Higher higher) {
  std::stable_sort(lines->begin(), lines->end(), higher);
  if (lines->size() > static_cast<int>(limit))
    lines->DeleteSubrange(static_cast<int>(limit), lines->size() - static_cast<int>(limit));
}

bool higher_value(const wire::top_line& a, const wire::top_line& b) {
  return a.value() != b.value() ? a.value() > b.value() : a.time() > b.time();
}

void add_moves(const wire::host_picture& host, wire::cluster_picture& to) {
  for (const wire::slot_picture& slot : host.slots()) {
    auto moves = [&](const std::string& who, const char* what, std::uint64_t behind) {
      wire::slot_move& move = *to.add_moves();
      move.set_slot(slot.slot());
      move.set_host(who);
      move.set_what(what);
      move.set_behind(behind);
    };
    // A leader's book says it of others; whoever pulls or mends says it of itself.
    if (slot.role() == "leader")
      for (const wire::replica_progress& each : slot.replicas()) {
        const std::uint64_t behind = slot.last_index() - std::min(slot.last_index(), each.match());
        if (!each.voter())
          moves(each.host(), "learner", behind);
      }
    if (slot.trouble() == "pulling tables" || slot.trouble() == "damaged log")
      moves(slot.host(), slot.trouble().c_str(), slot.commit() - std::min(slot.commit(), slot.applied()));
  }
}

std::string words_of(const wire::inspect_reply& reply) {
  if (!reply.detail().empty())
    return reply.detail();
  return std::string(to_string(static_cast<errc>(reply.errc() - 1)));
}

}  // namespace

std::int64_t clock_offset(std::uint64_t asked_at, std::uint64_t answered_at,
                          std::uint64_t its_now) {
  if (asked_at <= its_now && its_now <= answered_at)
    return 0;
  const std::uint64_t halfway = asked_at + (answered_at - std::min(asked_at, answered_at)) / 2;
  return static_cast<std::int64_t>(its_now - halfway);
}

wire::cluster_picture picture_of_cluster(const wire::ring_view& view,
                                         const std::vector<std::string>& names,
                                         std::vector<host_answer> answers, bool with_slots) {
  wire::cluster_picture out;
  out.set_generation(view.generation());
  *out.mutable_members() = view.members();
  *out.mutable_places() = view.slots();
  auto place = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) - names.begin();
  };
  std::stable_sort(answers.begin(), answers.end(), [&](const auto& a, const auto& b) {
    return place(a.host) < place(b.host);
  });
  for (host_answer& each : answers) {
    if (each.reply.errc() != 0 || !each.reply.has_host()) {
      wire::silent_host& silent = *out.add_silent();
      silent.set_name(each.host);
      silent.set_why(each.reply.errc() != 0 ? words_of(each.reply) : "it did not answer");
      continue;
    }
    wire::host_picture& host = *out.add_hosts();
    host.Swap(each.reply.mutable_host());
    host.set_members_asked_at(each.asked_at);
    host.set_round_trip(each.answered_at - std::min(each.asked_at, each.answered_at));
    host.set_clock_offset(clock_offset(each.asked_at, each.answered_at, host.now()));
    add_moves(host, out);
  }
  for (wire::slot_state& state : states_of(out.hosts(), out.places_size()))
    *out.add_states() = std::move(state);
  if (!with_slots)
    for (wire::host_picture& host : *out.mutable_hosts())
      host.clear_slots();
  return out;
}

std::string live_text(wire::cluster_picture cluster, const wire::top_picture& top, std::size_t most) {
  for (wire::host_picture& host : *cluster.mutable_hosts())
    host.clear_slots();
  auto both = [&] {
    std::string out = R"({"cluster":)";
    out += wire::to_json(cluster);
    out += R"(,"top":)";
    out += wire::to_json(top);
    out += '}';
    return out;
  };
  std::string out = both();
  if (out.size() <= most)
    return out;
  cluster.clear_places();
  cluster.clear_states();
  return both();
}

wire::top_picture merge_tops(const std::vector<wire::top_picture>& parts, std::uint32_t limit) {
  wire::top_picture out;
  for (const wire::top_picture& part : parts)
    out.MergeFrom(part);
  if (limit == 0)
    limit = top_default;
  keep_highest(out.mutable_channels(), limit, higher_value);
  auto* mailboxes = out.mutable_mailboxes();
  mailboxes->erase(std::remove_if(mailboxes->begin(), mailboxes->end(),
                                  [](const wire::top_line& each) {
                                    return each.value() == 0 && each.time() < answered_at_once;
                                  }),
                   mailboxes->end());
  keep_highest(mailboxes, limit, higher_value);
  keep_highest(out.mutable_queues(), limit, higher_value);
  keep_highest(out.mutable_actors(), limit, [](const auto& a, const auto& b) {
    return a.busy_cores() > b.busy_cores();
  });
  keep_highest(out.mutable_connections(), limit, [](const auto& a, const auto& b) {
    return a.queued_for() != b.queued_for() ? a.queued_for() > b.queued_for()
                                            : a.queued_bytes() > b.queued_bytes();
  });
  return out;
}

std::vector<std::string> host_names(const settings& config, const wire::ring_view& view) {
  std::vector<std::string> out;
  for (const settings::cluster_host& each : config.cluster.hosts)
    out.push_back(each.name);
  if (out.empty())
    out.push_back(own_name(config));
  for (const wire::ring_member& each : view.members())
    if (!each.name().empty() && std::find(out.begin(), out.end(), each.name()) == out.end())
      out.push_back(each.name());
  return out;
}

}  // namespace carillon
