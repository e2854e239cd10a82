// One question to a provider and its answer, as values: what the cores write and read, and what
// http_client carries. Every question is a POST.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/clock.hpp"

namespace carillon::push {

struct http_request {
  std::string url;
  std::vector<std::string> headers;  // "name: value", each one line
  std::string body;
};

// Of an answer's body only so much is kept: the providers' are some hundred bytes.
inline constexpr std::size_t answer_max_bytes = 65'536;

struct http_answer {
  int status = 0;
  std::string body;
  std::string provider_id;               // the header apns-id (APNs) or location (Web Push)
  std::chrono::seconds retry_after{0};   // RFC 9110 section 10.2.3, as seconds from now; 0: none
};

}  // namespace carillon::push
