// What Protobuf has to say, of bytes that it cannot parse for one: in our log, and not on stderr past it.
#pragma once

namespace carillon {

// Called once by main(), before threads start. At debug level, for whoever gave the bytes gets a refusal;
// what ends the process, at error level.
void take_protobuf_log();

}  // namespace carillon
