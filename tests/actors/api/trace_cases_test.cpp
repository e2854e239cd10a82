// Which request is which: ids that come and go in `traceparent`, are handed on to whoever is asked,
// and stand in the log; and who may have a request followed.
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include <unistd.h>

#include "runtime/base/logging.hpp"
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

const std::string traced_channel = "C000000000009";
const std::string trace_hex = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string marked = "00-" + trace_hex + "-00f067aa0ba902b7-01";
const std::string unmarked = "00-" + trace_hex + "-00f067aa0ba902b7-00";

struct traced_house : api_house {
  trace_book book;
  person ada = sign_up("ada");

  traced_house() {
    host.traces = &book;
    channel_asked.clear();
    channel = [](const wire::channel_request& request) {
      wire::channel_reply reply;
      reply.set_is_member(true);
      reply.mutable_event()->mutable_message()->set_text(request.post().text());
      reply.mutable_event()->mutable_message()->set_user(request.by().user_id());
      return reply;
    };
  }

  reply_seen post(const std::string& traceparent, const std::string& token) {
    edge::http_request request;
    request.method = "POST";
    request.path = "/api/chat.postMessage";
    request.content_type = "application/x-www-form-urlencoded";
    request.authorization = "Bearer " + token;
    request.traceparent = traceparent;
    request.body = "channel=" + traced_channel + "&text=hi";
    request.received = steady_now();
    return send(std::move(request));
  }

  std::string trace_asked() { return trace_text(last_asked().by().trace()); }
};

// What is logged at `level` while it lives. One at a time.
class log_reader {
public:
  log_reader(log_level level, bool json) : old_(dup(2)) {
    char name[] = "/tmp/carillon-log-XXXXXX";
    const int file = mkstemp(name);
    REQUIRE(file >= 0);
    path_ = name;
    std::fflush(stderr);
    dup2(file, 2);
    close(file);
    start_logging(level, json);
  }
  ~log_reader() {
    start_logging(log_level::warn, false);
    dup2(old_, 2);
    close(old_);
    std::remove(path_.c_str());
  }
  std::string text() const {
    std::fflush(stderr);
    std::ostringstream out;
    out << std::ifstream(path_).rdbuf();
    return out.str();
  }

private:
  int old_;
  std::string path_;
};

TEST_CASE("trace: a traceparent is handed on to the channel and back, under a span of ours") {
  traced_house house;
  const reply_seen out = house.post(unmarked, house.ada.token);
  REQUIRE(out.ok());
  CHECK(house.trace_asked() == trace_hex);
  CHECK_FALSE(house.last_asked().by().traced());
  const auto back = parse_traceparent(out.header("traceparent"));
  REQUIRE(back);
  CHECK(trace_text(back->trace) == trace_hex);
  CHECK_FALSE(back->sampled);
  CHECK(out.header("traceparent").find("00f067aa0ba902b7") == std::string::npos);
  CHECK(house.book.of(*parse_trace_text(trace_hex)).empty());
}

TEST_CASE("trace: a request without one, or with nonsense, gets an id of its own") {
  traced_house house;
  std::set<std::string> ids;
  for (const std::string& given : {std::string(), std::string("nonsense"), marked.substr(0, 54),
                                   "ff" + marked.substr(2), marked + "-01"}) {
    const reply_seen out = house.post(given, house.ada.token);
    const auto back = parse_traceparent(out.header("traceparent"));
    REQUIRE(back);
    CHECK_FALSE(back->sampled);
    CHECK(trace_text(back->trace) == house.trace_asked());
    ids.insert(house.trace_asked());
  }
  CHECK(ids.size() == 5);
  CHECK_FALSE(ids.contains(trace_hex));
}

TEST_CASE("trace: a marked request is followed from the edge to the answer") {
  traced_house house;
  const reply_seen out = house.post(marked, house.ada.token);
  REQUIRE(out.ok());
  CHECK(house.last_asked().by().traced());
  CHECK(parse_traceparent(out.header("traceparent"))->sampled);
  const auto records = house.book.of(*parse_trace_text(trace_hex));
  std::vector<trace_step> steps;
  for (const trace_record& record : records)
    steps.push_back(record.step);
  CHECK(steps == std::vector{trace_step::received, trace_step::asked, trace_step::answered,
                             trace_step::replied});
  CHECK(records.front().detail == "chat.postMessage");
}

TEST_CASE("trace: who is not signed in is not followed, and nobody is too often") {
  traced_house house;
  CHECK_FALSE(house.post(marked, "xoxp-nobody").ok());
  CHECK(house.book.of(*parse_trace_text(trace_hex)).empty());
  std::uint32_t followed = 0;
  for (std::uint32_t i = 0; i < trace_book::marks_per_second + 5; ++i) {
    const reply_seen out = house.post(marked, house.ada.token);
    REQUIRE(out.ok());
    followed += parse_traceparent(out.header("traceparent"))->sampled;
  }
  CHECK(followed >= trace_book::marks_per_second);
  CHECK(followed < trace_book::marks_per_second + 5);  // unless these took a second
}

TEST_CASE("trace: what is refused says in the log which request it was") {
  traced_house house;
  house.channel = [](const wire::channel_request&) {
    wire::channel_reply reply;
    set_error(reply, make_error(errc::is_archived));
    return reply;
  };
  {
    log_reader log(log_level::debug, false);
    CHECK(house.post(unmarked, house.ada.token).error() == "is_archived");
    CHECK(log.text().find("chat.postMessage is refused: is_archived request=" + trace_hex) !=
          std::string::npos);
  }
  house.channel = [](const wire::channel_request&) {
    wire::channel_reply reply;
    set_error(reply, make_error(errc::corrupt_record, "\"key\""));
    return reply;
  };
  log_reader log(log_level::warn, true);
  CHECK_FALSE(house.post(unmarked, house.ada.token).ok());
  const auto line = boost::json::parse(log.text().substr(0, log.text().find('\n'))).as_object();
  CHECK(line.at("request") == json_text(trace_hex));
  CHECK(line.at("level") == "error");
  CHECK(line.at("part") == "api");
  CHECK(line.at("message").as_string().find("\"key\"") != std::string::npos);
}

// -- what an operator posts -----------------------------------------------------------------------

reply_seen post_as_operator(traced_house& house, const std::string& channel,
                            const std::string& as_user) {
  auto place = std::make_shared<std::optional<edge::http_response>>();
  caf::anon_send(house.api(), operator_post{channel, "where \"is\" it", as_user, {},
                                            [place](edge::http_response out) { *place = out; }});
  house.run();
  REQUIRE(place->has_value());
  return {(*place)->status, boost::json::parse((*place)->body).as_object(), (*place)->headers};
}

TEST_CASE("trace: an operator's post goes under the name of whom they name, and is always followed") {
  traced_house house;
  for (int i = 0; i < 20; ++i)
    house.book.admit(steady_now());  // others have had their share
  const reply_seen out = post_as_operator(house, traced_channel, house.ada.id);
  REQUIRE(out.ok());
  CHECK(house.last_asked().by().user_id() == house.ada.id);
  CHECK(house.last_asked().by().traced());
  CHECK(house.last_asked().post().text() == "where \"is\" it");
  CHECK(out.text("trace") == house.trace_asked());
  const auto records = house.book.of(house.last_asked().by().trace());
  REQUIRE(records.size() == 4);
  CHECK(records.front().step == trace_step::received);
}

TEST_CASE("trace: an operator who names nobody posts as a member who leads the channel's team") {
  traced_house house;
  const entity_id channel = *entity_id::parse(traced_channel);
  storage::channel_row row;
  row.id = channel;
  row.team = *entity_id::parse(house.ada.team);
  row.name = "news";
  row.creator = *entity_id::parse(house.ada.id);
  REQUIRE(house.directory->upsert_channel(row));
  const reply_seen out = post_as_operator(house, traced_channel, "");
  REQUIRE(out.ok());
  CHECK(house.last_asked().by().user_id() == house.ada.id);
  house.channel = [](const wire::channel_request&) { return wire::channel_reply(); };  // no member
  CHECK(post_as_operator(house, traced_channel, "").error() == "not_in_channel");
}

TEST_CASE("trace: an operator's post of nobody, or to nowhere, is refused by name") {
  traced_house house;
  CHECK(post_as_operator(house, traced_channel, "U0NOBODY0000").error() == "user_not_found");
  CHECK(post_as_operator(house, traced_channel, "x").error() == "user_not_found");
  CHECK(post_as_operator(house, "x", house.ada.id).error() == "channel_not_found");
  CHECK(post_as_operator(house, traced_channel, "").error() == "channel_not_found");
  CHECK(house.channel_asked.empty());
}

}  // namespace
}  // namespace carillon::test
