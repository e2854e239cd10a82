// Slack's @slack/rtm-api as it comes, against one host: prints each message event as a line for
// `carillon chaos` (tools/chaos/stock_client.hpp), and lines with '#' for what happens to it.
//   node stock_client.mjs API_URL TOKEN | node stock_client.mjs --check
import { createRequire } from 'node:module';

const require = createRequire(new URL('../clients/package.json', import.meta.url));
const { RTMClient, LogLevel } = require('@slack/rtm-api');

const [, , api, token] = process.argv;
if (api === '--check') process.exit(0);

const rtm = new RTMClient(token, { slackApiUrl: api, logLevel: LogLevel.ERROR });
const say = (line) => process.stdout.write(`${line}\n`);
rtm.on('message', (event) => {
  if (event.seq === undefined) return;
  say(`${event.channel} ${event.seq} ${event.event_ts ?? event.ts} ${event.client_msg_id ?? '-'}`);
});
// Not 'ready': the SDK says that one turn later, when events may have come already.
rtm.on('hello', () => say('# connected'));
rtm.on('reconnecting', () => say('# reconnecting'));
rtm.on('disconnected', () => say('# disconnected'));
rtm.on('error', (error) => say(`# error ${error.message}`));
for (;;) {
  try {
    await rtm.start();
    break;
  } catch (error) {
    say(`# start ${error.message}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
