#include "runtime/push/base64url.hpp"

#include <algorithm>

#include <sodium.h>

namespace carillon::push {
namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  out.pop_back();  // the terminating zero that libsodium counts
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string plain(text);
  for (int padding = 0; padding < 2 && plain.ends_with('='); ++padding)
    plain.pop_back();
  std::replace(plain.begin(), plain.end(), '+', '-');
  std::replace(plain.begin(), plain.end(), '/', '_');
  std::string out(plain.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), plain.data(),
                        plain.size(), nullptr, &size, &end, variant) != 0 ||
      end != plain.data() + plain.size())
    return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace carillon::push
