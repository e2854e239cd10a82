#include "runtime/ring/ring_command.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/ring/moves.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon {
namespace {

// What members can be called: who has no name (a host alone) has its store id still.
std::string names_of(const wire::ring_view& view) {
  std::string out;
  for (const auto& member : view.members())
    out.append(out.empty() ? "" : ", ")
        .append(member.name().empty() ? fmt::format("{:x}", member.store_id()) : member.name());
  return out;
}

wire::host_wish& wish_of(wire::ring_view& view, std::uint64_t host) {
  auto& wishes = *view.mutable_wishes();
  auto at = std::find_if(wishes.begin(), wishes.end(),
                         [&](const auto& wish) { return wish.store_id() >= host; });
  if (at != wishes.end() && at->store_id() == host)
    return *at;
  const auto place = static_cast<int>(at - wishes.begin());
  view.add_wishes()->set_store_id(host);
  std::rotate(wishes.begin() + place, wishes.end() - 1, wishes.end());
  return *(wishes.begin() + place);
}

// A wish that wants nothing is none.
void forget_empty_wishes(wire::ring_view& view) {
  auto& wishes = *view.mutable_wishes();
  wishes.erase(std::remove_if(wishes.begin(), wishes.end(),
                              [](const auto& wish) {
                                return wish.intent() == wire::HOST_SERVES && !wish.has_weight();
                              }),
               wishes.end());
}

result<wire::ring_view> change_host(wire::ring_view view,
                                    const wire::ring_command::host_change& what) {
  auto host = host_named(view, what.host());
  if (!host)
    return host.error();
  if (what.has_weight() && what.weight() > weight_max)
    return make_error(errc::invalid_arguments,
                      fmt::format("a weight is at most {}", weight_max));
  if (what.has_intent()) {
    const auto minor = wire::minor_of(what.intent());
    if (!minor)
      return make_error(errc::invalid_arguments, "not a word that this version knows");
    if (std::string why = wire::too_old_for(view, *minor); !why.empty())
      return make_error(errc::invalid_arguments, std::move(why));
    view.set_schema_minor(std::max(view.schema_minor(), *minor));
  }
  wire::host_wish& wish = wish_of(view, *host);
  if (what.has_intent())
    wish.set_intent(what.intent());
  if (what.has_weight())
    wish.set_weight(what.weight());
  if (what.announced_weight())
    wish.clear_weight();
  forget_empty_wishes(view);
  if (std::none_of(view.members().begin(), view.members().end(),
                   [&](const auto& member) { return weight_of(view, member) > 0; }))
    return make_error(errc::invalid_arguments, "no host would be left to hold slots");
  return view;
}

result<wire::ring_view> change_pin(wire::ring_view view,
                                   const wire::ring_command::pin_change& what) {
  if (what.slot() >= static_cast<std::uint32_t>(view.slots_size()))
    return make_error(errc::invalid_arguments,
                      fmt::format("slots are 0 to {}", view.slots_size() - 1));
  auto& pins = *view.mutable_pins();
  pins.erase(std::remove_if(pins.begin(), pins.end(),
                            [&](const auto& pin) { return pin.slot() == what.slot(); }),
             pins.end());
  if (what.host().empty())
    return view;
  auto host = host_named(view, what.host());
  if (!host)
    return host.error();
  auto* pin = pins.Add();
  pin->set_slot(what.slot());
  pin->set_leader(*host);
  std::sort(pins.begin(), pins.end(),
            [](const auto& a, const auto& b) { return a.slot() < b.slot(); });
  return view;
}

}  // namespace

result<std::uint64_t> host_named(const wire::ring_view& view, const std::string& name) {
  for (const auto& member : view.members())
    if (member.name() == name || fmt::format("{:x}", member.store_id()) == name)
      return member.store_id();
  for (const auto& wish : view.wishes())  // it left: no member any more
    if (fmt::format("{:x}", wish.store_id()) == name)
      return wish.store_id();
  return make_error(errc::invalid_arguments,
                    fmt::format("no host is called {}; there are {}", name, names_of(view)));
}

result<wire::ring_view> with_command(const wire::ring_view& view,
                                     const wire::ring_command& command) {
  switch (command.what_case()) {
  case wire::ring_command::kHost:
    return change_host(view, command.host());
  case wire::ring_command::kPin:
    return change_pin(view, command.pin());
  case wire::ring_command::kHold: {
    wire::ring_view out = view;
    out.set_held(command.hold());
    return out;
  }
  case wire::ring_command::WHAT_NOT_SET:
    break;
  }
  return make_error(errc::invalid_arguments, "not a word that this version knows");
}

}  // namespace carillon
