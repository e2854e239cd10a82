// Where and of what results are: the words that stand above them. Reads /proc and asks git.
#pragma once

#include <string>

namespace carillon::bench {

std::string machine_words(); // "2 x Intel(R) Xeon(R) CPU @ 2.20GHz, 23.5 GB, Linux 6.1.0"
// Of the tree that this program was built in, "+" behind it when files differ; empty: no git there.
std::string commit_words();
std::string command_words(); // how this process was called: "carillon bench fanout --pin"
std::string today(); // 2026-11-22, UTC

} // namespace carillon::bench
