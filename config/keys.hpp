// The table of all settings: section.key, what is allowed, and where it lives in `settings`.
// Reading a file, reading --set, printing and the test of the example all walk this one table, so a
// key exists everywhere or nowhere. Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "config/settings.hpp"

namespace carillon {

// A setting's value on its way in or out. Numbers are wider than the settings themselves, so that
// -1 and 2^40 arrive here and are refused by their range.
using setting_value = std::variant<bool, std::int64_t, std::string>;

// Where a T stands inside `settings`, for reading and for writing. `at` is a lambda for both; it is
// called inside others because clang 14 does not turn a generic one into a pointer to return a const.
template <class T>
struct setting_place {
  template <class Accessor>
    requires std::is_invocable_v<Accessor, settings&>
  constexpr setting_place(Accessor)
      : to_write([](settings& all) -> T& { return Accessor{}(all); }),
        to_read([](const settings& all) -> const T& { return Accessor{}(all); }) {}
  T& (*to_write)(settings&);
  const T& (*to_read)(const settings&);
};

struct number_rule {
  setting_place<std::uint32_t> at;
  std::uint32_t min = 0;  // both ends are allowed
  std::uint32_t max = 0;
  bool power_of_two = false;
};

struct text_rule {
  setting_place<std::string> at;
  bool (*accepts)(std::string_view) = nullptr;
  std::string_view allowed;  // what `accepts` wants, in words
};

struct flag_rule {
  setting_place<bool> at;
};

struct setting_key {
  std::string_view section;
  std::string_view name;
  std::variant<number_rule, text_rule, flag_rule> rule;

  std::string path() const;  // "edge.io_threads"
  // What is allowed, in words: "a whole number from 0 to 64", "true or false", "one of ...".
  std::string allowed() const;
  setting_value read(const settings& from) const;
  // False, and nothing changes, when the value has the wrong type or is outside its range.
  bool write(settings& into, const setting_value& value) const;
  // Makes a value of this key's type from the text after '=' in --set. Text that is not of the
  // type comes back as a string, which write() then refuses.
  setting_value from_text(std::string_view text) const;
};

// All of them, in the order of settings.hpp. The list cluster.hosts is not among them: it is read by
// load_hosts.cpp, with the rules below; nor are the tables of [discovery]: load_discovery.cpp.
std::span<const setting_key> setting_keys();

const setting_key* find_setting(std::string_view section, std::string_view name);
bool is_section(std::string_view section);

// The section or the "section.key" that was probably meant; empty when nothing is near.
std::string nearest_section(std::string_view section);
std::string nearest_setting(std::string_view section, std::string_view name);

// -- what a text must be, for keys and for [[cluster.hosts]] --
bool is_host_and_port(std::string_view text);  // port from 0 to 65535; IPv6 in brackets
bool is_host_name(std::string_view text);      // 1 to 63 letters, digits and dashes
bool is_public_url(std::string_view text);     // http(s)://HOST without a path, or empty

// As TOML writes it: true, 64, "text".
std::string format_value(const setting_value& value);

}  // namespace carillon
