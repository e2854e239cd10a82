# A copy of a source file with one thing wrong: cmake -DFROM=... -DTO=... -DMUTATION=... -P this, where
# MUTATION is a file that sets WHAT is replaced and WITH what.
# A mutant whose line is gone from the source is no mutant: that is an error, not a silent pass.
include("${MUTATION}")
file(READ "${FROM}" text)
string(FIND "${text}" "${WHAT}" first)
if(first EQUAL -1 OR WHAT STREQUAL WITH)
  message(FATAL_ERROR "mutant: \"${WHAT}\" is not in ${FROM}: the line changed, so change the mutant")
endif()
string(REPLACE "${WHAT}" "${WITH}" text "${text}")
file(WRITE "${TO}" "${text}")
