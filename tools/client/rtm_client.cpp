#include "tools/client/rtm_client.hpp"

namespace carillon::client {

void rtm_client::connect(std::string_view url, std::string_view from) {
  endpoint where = endpoint::parse(url);
  where.from = from;
  std::size_t path = url.find('/', url.find("://") + 3);
  if (path == std::string_view::npos)
    throw client_error("no path in the WebSocket URL: " + std::string(url));
  state_ = state::connecting;
  upgraded_ = false;
  close_code_ = 1006;
  stream_.connect(where);
  std::string request("GET ");
  request.append(url.substr(path)).append(" HTTP/1.1\r\nHost: ").append(where.authority());
  // The key proves nothing here: the answer is not cached by anyone on the way (RFC 6455, 1.3).
  request.append(
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  stream_.send(request);
}

void rtm_client::send_text(std::string_view payload) {
  send_frame(ws_opcode::text, payload);
}

void rtm_client::close() {
  stream_.close();
  state_ = state::closed;
  end_words_ = "closed by us";
}

int rtm_client::release() {
  int descriptor = stream_.release();
  state_ = state::closed;
  end_words_ = "handed over";
  return descriptor;
}

std::size_t rtm_client::on_bytes(std::string_view bytes) {
  std::size_t done = 0;
  if (!upgraded_) {
    done = on_upgrade_answer(bytes);
    if (!upgraded_)
      return done;
  }
  while (stream_.is_open()) {
    auto frame = scan_ws_frame(bytes.substr(done));
    if (!frame)
      break;
    done += frame->size;
    on_frame(*frame);
  }
  return done;
}

std::size_t rtm_client::on_upgrade_answer(std::string_view bytes) {
  auto response = scan_http_response(bytes);
  if (!response)
    return 0;
  if (response->status != 101) {
    close();
    end_words_ = "HTTP " + std::to_string(response->status);
    return 0;
  }
  upgraded_ = true;
  return response->size;
}

void rtm_client::on_frame(const ws_frame_view& frame) {
  switch (frame.opcode) {
  case ws_opcode::text:
    if (state_ == state::ready)
      on_text_(frame.payload);
    else if (frame.payload.find("\"hello\"") != std::string_view::npos)
      state_ = state::ready;
    else
      throw protocol_violation("the first frame is not hello");
    return;
  case ws_opcode::ping:
    return send_frame(ws_opcode::pong, frame.payload);
  case ws_opcode::close:
    close_code_ = frame.close_code();
    send_frame(ws_opcode::close, frame.payload.substr(0, 2));
    close();
    end_words_ = "close frame " + std::to_string(close_code_);
    return;
  case ws_opcode::binary:
  case ws_opcode::pong:
    return;
  }
}

void rtm_client::send_frame(ws_opcode opcode, std::string_view payload) {
  std::string bytes;
  append_ws_frame(bytes, opcode, payload, mask_);
  mask_ = mask_ * 1664525u + 1013904223u;
  stream_.send(bytes);
}

void rtm_client::on_lost(std::string_view why) {
  state_ = state::closed;
  end_words_ = why;
}

} // namespace carillon::client
