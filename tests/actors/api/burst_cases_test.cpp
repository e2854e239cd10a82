// Calls that arrive together: each has its answer, and the I/O threads are woken for all of them.
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

struct counting_outbox final : edge::outbox {
  int nudges = 0;
  bool waits = false;  // an answer that no nudge followed

  void nudge() override {
    ++nudges;
    waits = false;
  }
  void send(edge::connection_id, edge::frame_ptr, edge::send_class) override {}
  void subscribe(edge::connection_id, edge::topic_id) override {}
  void unsubscribe(edge::connection_id, edge::topic_id) override {}
  void publish(edge::topic_id, edge::frame_ptr, edge::send_class, edge::connection_id) override {}
  void close(edge::connection_id, std::uint16_t, std::string_view) override {}
};

struct burst_house : api_house {
  counting_outbox outbox;
  person ada;
  std::vector<std::string> answers;  // by the calls' order
  int patient = 0;                   // answers that might wait

  burst_house() {
    host.outbox = &outbox;
    restart_api();
    ada = sign_up("ada");
    channel = [](const wire::channel_request& request) {
      wire::channel_reply reply;
      reply.mutable_event()->mutable_message()->set_text(request.post().text());
      return reply;
    };
  }
  ~burst_house() {
    host.outbox = nullptr;
    restart_api();  // nobody nudges an outbox that is gone
  }

  // So many posts in one message, the text of each its number; `then` is done between the answers of
  // the channel and the actor's.
  void post_together(std::size_t count, const std::function<void()>& then = [] {}) {
    answers.assign(count, {});
    patient = outbox.nudges = 0;
    auto all = std::make_shared<std::vector<edge::asked_request>>();
    for (std::size_t i = 0; i < count; ++i) {
      edge::http_request request;
      request.method = "POST";
      request.path = "/api/chat.postMessage";
      request.content_type = "application/x-www-form-urlencoded";
      request.authorization = "Bearer " + ada.token;
      request.body = "channel=C000000000009&text=" + std::to_string(i);
      all->push_back({std::move(request), [this, i](edge::http_response answer) {
                        CHECK(answers[i].empty());
                        const auto body = boost::json::parse(answer.body).as_object();
                        answers[i] = std::string(body.at("message").at("text").as_string());
                        patient += answer.may_wait;
                        outbox.waits = outbox.waits || answer.may_wait;
                      }});
    }
    caf::anon_send(api(), api_calls{std::move(all)});
    // The channel has answered all of them before the actor hears of the first.
    scheduler().try_run_once();
    while (scheduler().prioritize(host.slots.front()))
      scheduler().try_run_once();
    then();
    run();
  }
};

TEST_CASE("burst: calls that came in one message are answered one by one, and woken for together") {
  burst_house house;
  house.post_together(50);
  for (std::size_t i = 0; i < house.answers.size(); ++i)
    CHECK(house.answers[i] == std::to_string(i));
  CHECK(house.patient > 0);
  CHECK(house.outbox.nudges > 0);
  CHECK(house.outbox.nudges < 25);
  CHECK_FALSE(house.outbox.waits);
}

TEST_CASE("burst: more answers than an actor handles in one run leave none behind") {
  burst_house house;
  house.post_together(1'000);
  for (std::size_t i = 0; i < house.answers.size(); ++i)
    CHECK(house.answers[i] == std::to_string(i));
  CHECK_FALSE(house.outbox.waits);
}

TEST_CASE("burst: no answer waits for work that may take long") {
  burst_house house;
  bool waited = true;
  house.post_together(10, [&] {
    caf::anon_send(house.api(), run_later{[&] { waited = house.outbox.waits; }});
  });
  CHECK(house.patient > 0);
  CHECK_FALSE(waited);
  CHECK_FALSE(house.outbox.waits);
}

TEST_CASE("burst: a call by itself waits for nobody") {
  burst_house house;
  house.post_together(1);
  CHECK(house.answers.front() == "0");
  CHECK(house.patient == 0);
  CHECK(house.outbox.nudges == 0);
}

}  // namespace
}  // namespace carillon::test
