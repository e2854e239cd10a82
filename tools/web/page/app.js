// Begins here: signed in or not, which language, and the change from one to the other.
import { callOnce } from './api.js';
import { Chat } from './chat.js';
import { byId } from './dom.js';
import { forgetSession, SignView, storedSession } from './sign.js';
import { otherLanguage, setLanguage, translatePage } from './strings.js';

let chat = null;
let session = null;

const sign = new SignView(begin);

function begin(next) {
  session = next;
  chat = new Chat(session, end);
  chat.start();
}

// code: why, when it was not the user's wish.
function end(code) {
  chat?.stop();
  chat = null;
  forgetSession();
  sign.show(code);
}

for (const button of document.querySelectorAll('[data-language]')) {
  button.onclick = () => {
    setLanguage(otherLanguage());
    sign.words();
    chat?.words();
  };
}

byId('sign-out').onclick = () => {
  callOnce(session.token, 'carillon.signout').catch(() => {});
  end();
};

translatePage();
const stored = storedSession();
if (stored) begin(stored);
else sign.show();
