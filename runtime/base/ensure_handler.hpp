// What happens when an ENSURE fails, for programs that play with cores instead of running them: the
// simulator's handler throws, so that a core that stops is a finding with a seed. A host never sets
// one: it stops.
#pragma once

namespace carillon {

// Called instead of stopping the process; when it returns, the process stops after all.
using ensure_handler = void (*)(const char* condition, const char* message, const char* file,
                                int line);

// Null: none. Any thread, but before others run into an ENSURE.
void set_ensure_handler(ensure_handler handler);

}  // namespace carillon
