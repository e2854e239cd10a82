// Whether a text is well-formed XML as a strict reader would take it: elements nest, attributes are
// quoted and unique, only the five entities and numbers stand behind '&'. Not for DTDs or CDATA.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::chaos {

struct xml_findings {
  std::string wrong;               // empty: well-formed
  std::vector<std::string> texts;  // of elements, one per stretch, entities as they are
  std::multiset<std::string> tags; // names of all elements
};

inline bool is_xml_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '<' || (c < 0x20 && c != '\n' && c != '\t' && c != '\r'))
      return false;
    if (c != '&')
      continue;
    std::string_view rest = text.substr(i + 1, 6);
    bool known = false;
    for (std::string_view entity : {"amp;", "lt;", "gt;", "quot;", "apos;", "#39;"})
      known = known || rest.starts_with(entity);
    if (!known)
      return false;
  }
  return true;
}

inline xml_findings check_xml(std::string_view text) {
  xml_findings found;
  auto fail = [&](std::string what, std::string_view at) {
    found.wrong = std::move(what.append(": ").append(at.substr(0, 80)));
    return found;
  };
  std::vector<std::string> open;
  if (text.starts_with("<?xml"))
    text.remove_prefix(text.find("?>") + 2);
  while (!text.empty()) {
    std::size_t tag = std::min(text.find('<'), text.size());
    std::string_view words = text.substr(0, tag);
    if (!is_xml_text(words))
      return fail("bad text", words);
    if (words.find_first_not_of(" \n") != std::string_view::npos) {
      if (open.empty())
        return fail("text outside of the root", words);
      found.texts.emplace_back(words);
    }
    text.remove_prefix(tag);
    if (text.empty())
      break;
    std::size_t end = text.find('>');
    if (end == std::string_view::npos)
      return fail("no end of a tag", text);
    std::string_view inner = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (inner.starts_with('/')) {
      if (open.empty() || open.back() != inner.substr(1))
        return fail("ends what is not open", inner);
      open.pop_back();
      continue;
    }
    const bool empty = inner.ends_with('/');
    if (empty)
      inner.remove_suffix(1);
    std::string name(inner.substr(0, inner.find(' ')));
    inner.remove_prefix(name.size());
    std::set<std::string> attributes;
    while (inner.find_first_not_of(' ') != std::string_view::npos) {
      inner.remove_prefix(inner.find_first_not_of(' '));
      std::size_t equals = inner.find("=\"");
      std::size_t close = equals == inner.npos ? inner.npos : inner.find('"', equals + 2);
      if (close == inner.npos || !is_xml_text(inner.substr(equals, close - equals)) ||
          !attributes.insert(std::string(inner.substr(0, equals))).second)
        return fail("bad attribute", inner);
      inner.remove_prefix(close + 1);
    }
    found.tags.insert(name);
    if (!empty)
      open.push_back(name);
  }
  return open.empty() ? found : fail("not closed", open.back());
}

}  // namespace carillon::chaos
