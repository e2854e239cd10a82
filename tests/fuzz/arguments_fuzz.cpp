// The arguments of a Web API call, from a query, a form, a multipart form or a JSON body, and what
// the methods read out of them: texts, flags, pages, whole messages.
#include <set>
#include <string>

#include <boost/json.hpp>

#include "actors/api/arguments.hpp"
#include "actors/api/history_page.hpp"
#include "actors/api/message_argument.hpp"
#include "actors/api/text_rules.hpp"
#include "actors/slack_text.hpp"
#include "runtime/base/form_text.hpp"
#include "tests/fuzz/input.hpp"
#include "tools/client/wire_scan.hpp"

namespace carillon {
namespace {

using api::arguments;
namespace json = boost::json;

constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::string_view json_type = "application/json";
constexpr std::string_view boundary = "b0undary";

settings::limits_settings narrow() {
  settings::limits_settings out;
  out.text_max_characters = 40;
  out.blocks_max_bytes = 200;
  out.client_msg_id_max_bytes = 16;
  return out;
}

arguments read_again(std::string_view type, std::string body) {
  edge::http_request request;
  request.content_type = type;
  request.body = std::move(body);
  result<arguments> read = arguments::read(request);
  ENSURE(read, "what was read can be written and read again");
  return std::move(*read);
}

// The same arguments, whichever way they come.
void check_ways(const arguments& args) {
  std::string form, object, multipart;
  slack::object_text fields(object);
  bool fits_multipart = true;
  for (const auto& [name, value] : args.all()) {
    form += form.empty() ? "" : "&";
    client::append_form_value(form, name);
    form += '=';
    client::append_form_value(form, value);
    fields.name("");  // keys are strangers' here: written by hand, with their escapes
    object.resize(object.size() - 3);
    slack::append_string(object, name);
    object += ':';
    slack::append_string(object, value);
    fits_multipart &= name.find_first_of("\"\r\n") == std::string::npos && !name.empty() &&
                      value.find(boundary) == std::string::npos;
    multipart += "--" + std::string(boundary) + "\r\nContent-Disposition: form-data; name=\"" + name +
                 "\"\r\n\r\n" + value + "\r\n";
  }
  fields.close();
  ENSURE(read_again(form_type, form).all() == args.all(), "as a form");
  ENSURE(read_again(json_type, object).all() == args.all(), "as JSON");
  if (fits_multipart && !args.all().empty())
    ENSURE(read_again("multipart/form-data; boundary=" + std::string(boundary),
                      multipart + "--" + std::string(boundary) + "--\r\n")
                   .all() == args.all(),
           "as multipart");
}

void check_values(const arguments& args) {
  if (auto page = args.limit(100, 1'000))
    ENSURE(*page >= 1 && *page <= 1'000, "a page has its bounds");
  for (const char* name : {"ts", "oldest"})
    if (auto ts = args.ts(name, errc::invalid_timestamp); ts && *ts != 0)
      ENSURE(parse_ts(format_ts(*ts)) == *ts, "a ts is read as it is written");
  (void)args.flag("inclusive", false);
  for (const std::string& part : args.list("users"))
    ENSURE(!part.empty(), "a list has no empty parts");
  const settings::limits_settings limits = narrow();
  if (auto message = api::message_argument(args, limits)) {
    ENSURE(api::count_characters(message->text()) <= limits.text_max_characters, "text is bounded");
    ENSURE(message->client_msg_id().size() <= limits.client_msg_id_max_bytes, "so is its id");
    for (const std::string* part : {&message->blocks(), &message->attachments()}) {
      ENSURE(part->size() <= limits.blocks_max_bytes, "so are the parts");
      ENSURE(part->empty() || json::parse(*part).is_array(), "which are lists");
      ENSURE(part->find_first_of("\r\n") == std::string::npos, "on one line");
    }
    ENSURE(message->metadata().size() <= limits.blocks_max_bytes, "and the metadata");
  }
  if (auto query = api::history_query(args, 1'000))
    ENSURE(query->limit() >= 1 && query->limit() <= 1'000, "a page of history has its bounds");
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size > 16'384)
    return 0;
  fuzz::input in(data, size);
  edge::http_request request;
  switch (in.byte()) {
    case 'q':
      request.query = in.rest();
      break;
    case 'f':
      request.content_type = form_type;
      request.body = in.rest();
      break;
    case 'j':
      request.content_type = "Application/JSON; charset=utf-8";
      request.body = in.rest();
      break;
    case 'm':
      request.content_type = "multipart/form-data; boundary=" + std::string(boundary);
      request.body = in.rest();
      break;
    default:  // the content type is the first line
      const std::size_t line = std::min(in.rest().find('\n'), in.rest().size());
      request.content_type = in.rest().substr(0, line);
      request.body = in.rest().substr(line);
  }
  (void)api::bearer_token(in.rest());
  const result<api::arguments> read = api::arguments::read(request);
  if (!read) {
    ENSURE(!read.error().describe().empty(), "a refusal has its words");
    return 0;
  }
  std::set<std::string> names;
  for (const auto& [name, value] : read->all()) {
    ENSURE(names.insert(name).second, "a name comes once");
    ENSURE(api::is_clean_text(name) && api::is_clean_text(value), "all is text");
    ENSURE(read->find(name) != nullptr && *read->find(name) == value, "and is found");
    ENSURE(value.size() <= 6 * size, "nothing grows beyond its escapes");
  }
  ENSURE(names.size() <= api::arguments::count_max, "there are so many at most");
  check_ways(*read);
  check_values(*read);
  return 0;
}
