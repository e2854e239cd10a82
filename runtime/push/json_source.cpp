// Boost.JSON's own source, compiled here once and alone, so that a program which also brings it
// from elsewhere links only one of the two.
#include <boost/json/src.hpp>
