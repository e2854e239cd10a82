// carillon.devices.list, .remove: the devices that read a person's inbox (sync.cpp).
#include "actors/api/asks.hpp"
#include "actors/api/handlers.hpp"

namespace json = boost::json;

namespace carillon::api {

void devices_list(const call_ptr& c) {
  wire::user_request asked;
  asked.mutable_list_devices();
  on_user(c, c->user(), std::move(asked), [c](const wire::user_reply& reply) {
    json::array devices;
    for (const auto& device : reply.devices())
      devices.push_back(json::object{{"device", device.name()},
                                     {"first_seen", device.first_seen() / 1'000'000},
                                     {"last_seen", device.last_seen() / 1'000'000}});
    c->ok({{"devices", std::move(devices)}});
  });
}

void devices_remove(const call_ptr& c) {
  if (!c->args.has("device"))
    return c->fail(make_error(errc::invalid_arguments, "missing required field: device"));
  wire::user_request asked;
  asked.mutable_forget_device()->set_device(c->args.text("device"));
  on_user(c, c->user(), std::move(asked), [c](const wire::user_reply&) { c->ok(); });
}

}  // namespace carillon::api
