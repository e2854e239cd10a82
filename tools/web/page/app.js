// Begins here: signed in or not, which language, and the change from one to the other.
import { callOnce } from './api.js';
import { Chat } from './chat.js';
import { byId } from './dom.js';
import { Notify } from './notify.js';
import { forgetSession, SignView, storedSession } from './sign.js';
import { otherLanguage, setLanguage, translatePage } from './strings.js';

let chat = null;
let notify = null;
let session = null;

const sign = new SignView(begin);

function begin(next) {
  session = next;
  chat = new Chat(session, end);
  chat.start();
  notify = new Notify(session, (channel) => {
    chat?.used();  // a click on a notification
    location.hash = `#${channel}`;
  });
}

// code: why, when it was not the user's wish.
function end(code) {
  chat?.stop();
  chat = null;
  if (code) notify?.lost().catch(() => {});
  forgetSession();
  sign.show(code);
}

for (const button of document.querySelectorAll('[data-language]')) {
  button.onclick = () => {
    setLanguage(otherLanguage());
    sign.words();
    chat?.words();
    notify?.words();
  };
}

byId('sign-out').onclick = () => {
  const { token } = session;
  // The browser is told before its token is gone.
  notify.stop().catch(() => {}).finally(() => callOnce(token, 'carillon.signout').catch(() => {}));
  end();
};

translatePage();
const stored = storedSession();
if (stored) begin(stored);
else sign.show();
