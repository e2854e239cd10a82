// The one place where Boost.JSON, header-only otherwise, is compiled.
#include <boost/json/src.hpp>
