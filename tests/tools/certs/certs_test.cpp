// `carillon certs new`: what the files hold, who may read them, and that nothing is overwritten.
// That hosts get along with them is shown in tests/actors/link/tls_test.cpp.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "tools/certs/certs.hpp"

namespace carillon::certs {
namespace {

struct folder {
  std::filesystem::path path;
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "carillon-certs-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
};

template <class T>
using held = std::unique_ptr<T, void (*)(T*)>;

held<X509> certificate(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "r");
  REQUIRE(file);
  held<X509> out(PEM_read_X509(file, nullptr, nullptr, nullptr), &X509_free);
  std::fclose(file);
  REQUIRE(out);
  return out;
}

held<EVP_PKEY> key(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "r");
  REQUIRE(file);
  held<EVP_PKEY> out(PEM_read_PrivateKey(file, nullptr, nullptr, nullptr), &EVP_PKEY_free);
  std::fclose(file);
  REQUIRE(out);
  return out;
}

mode_t mode_of(const std::string& path) {
  struct stat seen {};
  REQUIRE(stat(path.c_str(), &seen) == 0);
  return seen.st_mode & 0777;
}

TEST_CASE("certs: each host has a key of its own and a certificate that the CA signed") {
  folder here;
  std::string out = here.file("tls");
  REQUIRE(make_certificates({{"a", "host-2"}, out}));
  auto ca = certificate(out + "/ca.pem");
  CHECK(X509_check_ca(ca.get()) == 1);
  for (const std::string& name : {std::string("a"), std::string("host-2")}) {
    auto made = certificate(out + "/" + name + ".pem");
    CHECK(X509_verify(made.get(), X509_get0_pubkey(ca.get())) == 1);
    CHECK(X509_check_private_key(made.get(), key(out + "/" + name + ".key").get()) == 1);
    CHECK(X509_check_host(made.get(), name.c_str(), name.size(), 0, nullptr) == 1);
    CHECK(X509_check_ca(made.get()) == 0);
    int days = 0, seconds = 0;
    REQUIRE(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(made.get())) == 1);
    CHECK(days >= days_valid - 1);
    CHECK(X509_cmp_current_time(X509_get0_notBefore(made.get())) < 0);
  }
  CHECK(X509_check_private_key(certificate(out + "/a.pem").get(), key(out + "/host-2.key").get()) == 0);
}

TEST_CASE("certs: keys can be read by their owner only, certificates by everyone") {
  folder here;
  REQUIRE(make_certificates({{"a"}, here.file("tls")}));
  CHECK(mode_of(here.file("tls/a.key")) == 0600);
  CHECK(mode_of(here.file("tls/ca.key")) == 0600);
  CHECK((mode_of(here.file("tls/a.pem")) & 0400) == 0400);
}

TEST_CASE("certs: one file that is there already, and nothing is written") {
  folder here;
  REQUIRE(make_certificates({{"a"}, here.path.string()}));
  std::filesystem::remove(here.file("ca.pem"));
  std::filesystem::remove(here.file("ca.key"));
  std::filesystem::remove(here.file("a.key"));
  auto before = std::filesystem::file_size(here.file("a.pem"));
  auto done = make_certificates({{"a", "b"}, here.path.string()});
  REQUIRE_FALSE(done);
  CHECK(done.code() == errc::invalid_arguments);
  CHECK(done.error().detail.find("a.pem is there already") != std::string::npos);
  CHECK(std::filesystem::file_size(here.file("a.pem")) == before);
  CHECK_FALSE(std::filesystem::exists(here.file("ca.pem")));
  CHECK_FALSE(std::filesystem::exists(here.file("b.pem")));
}

TEST_CASE("certs: names that cannot be hosts are refused") {
  folder here;
  for (const std::vector<std::string>& hosts :
       {std::vector<std::string>{}, {""}, {"ca"}, {"a/b"}, {"../a"}, {"a", "a"}, {"a b"},
        {std::string(64, 'a')}}) {
    CHECK_FALSE(make_certificates({hosts, here.file("tls")}));
    CHECK_FALSE(std::filesystem::exists(here.file("tls")));
  }
  CHECK(make_certificates({{std::string(63, 'a')}, here.file("tls")}));
}

TEST_CASE("certs: a folder that cannot be made is an error with its name") {
  auto done = make_certificates({{"a"}, "/proc/carillon-certs"});
  REQUIRE_FALSE(done);
  CHECK(done.code() == errc::io_error);
  CHECK(done.error().detail.find("/proc/carillon-certs") != std::string::npos);
}

TEST_CASE("certs: the command says what it wrote, and what it did not") {
  folder here;
  std::ostringstream out, err;
  auto run = [&](const std::string& line) {
    std::function<int()> chosen;
    CLI::App program;
    add_certs_command(program, chosen, out, err);
    program.parse(line);
    return chosen();
  };
  CHECK(run("certs new --hosts a,b --out " + here.file("tls")) == 0);
  CHECK(out.str().find("b.pem, b.key") != std::string::npos);
  CHECK(run("certs new --hosts a,b --out " + here.file("tls")) == 1);
  CHECK(err.str().find("is there already") != std::string::npos);
}

}  // namespace
}  // namespace carillon::certs
