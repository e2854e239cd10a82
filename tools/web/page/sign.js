// Signing up and in. What it leaves behind is one entry in localStorage: the token and whose it is.
import { callOnce } from './api.js';
import { byId } from './dom.js';
import { errorText, t } from './strings.js';

const storageKey = 'carillon.session';

export const storedSession = () => JSON.parse(localStorage.getItem(storageKey) ?? 'null');
export const forgetSession = () => localStorage.removeItem(storageKey);

// Shows the form; signedIn(session) is called once it worked.
export class SignView {
  #up = false;
  #signedIn;

  constructor(signedIn) {
    this.#signedIn = signedIn;
    byId('choose-signin').onclick = () => this.#choose(false);
    byId('choose-signup').onclick = () => this.#choose(true);
    byId('sign-form').onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
  }

  show(errorCode) {
    byId('sign').hidden = false;
    byId('chat').hidden = true;
    this.words();
    byId('sign-error').textContent = errorCode ? errorText(errorCode) : '';
    byId(this.#up ? 'sign-name' : 'sign-email').focus();
  }

  // Also called when the language changes.
  words() {
    byId('choose-signin').setAttribute('aria-pressed', String(!this.#up));
    byId('choose-signup').setAttribute('aria-pressed', String(this.#up));
    byId('sign-submit').textContent = t(this.#up ? 'sign_up' : 'sign_in');
    byId('sign-name-label').hidden = !this.#up;
    byId('sign-name').required = this.#up;
    byId('sign-password').autocomplete = this.#up ? 'new-password' : 'current-password';
    byId('team-hint').hidden = !this.#up;
  }

  #choose(up) {
    this.#up = up;
    byId('sign-error').textContent = '';
    this.words();
  }

  async #submit() {
    const values = {
      team: byId('sign-team').value.trim(),
      email: byId('sign-email').value.trim(),
      password: byId('sign-password').value,
      device: navigator.userAgent,
    };
    if (this.#up) values.name = byId('sign-name').value.trim();
    byId('sign-submit').disabled = true;
    try {
      const answer = await callOnce('', this.#up ? 'carillon.signup' : 'carillon.signin', values);
      const session = { token: answer.token, user: answer.user_id, team: answer.team_id };
      localStorage.setItem(storageKey, JSON.stringify(session));
      byId('sign-password').value = '';
      byId('sign-error').textContent = '';
      this.#signedIn(session);
    } catch (error) {
      byId('sign-error').textContent = errorText(error.code ?? String(error));
    } finally {
      byId('sign-submit').disabled = false;
    }
  }
}
