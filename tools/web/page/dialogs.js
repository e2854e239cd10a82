// The three questions that the page asks in a window of its own: a new channel, who is in a
// channel, and whether to delete. Each resolves when the window closes.
import { byId, el } from './dom.js';
import { errorText, t } from './strings.js';

const dialog = byId('dialog');

// Shows `content` in the window; `submit`, if given, runs on the form's button and may throw an
// ApiError, which is shown. Resolves with what submit returned, or undefined when it was closed.
function ask(title, content, button, submit) {
  return new Promise((resolve) => {
    const error = el('p', { class: 'error', role: 'alert' });
    let result;
    const form = el('form', {
      method: 'dialog',
      onsubmit: async (event) => {
        event.preventDefault();
        try {
          result = await submit();
          dialog.close();
        } catch (failure) {
          error.textContent = errorText(failure.code ?? String(failure));
        }
      },
    }, el('h2', { id: 'dialog-title' }, title), ...content, error,
    el('footer', {},
      el('button', { type: 'button', class: 'plain', onclick: () => dialog.close() }, t(submit ? 'cancel' : 'close')),
      button ? el('button', { class: 'primary' }, button) : null));
    dialog.replaceChildren(form);
    dialog.onclose = () => resolve(result);
    dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
    dialog.showModal();
  });
}

// create(name, isPrivate) makes the channel and returns it.
export function askNewChannel(create) {
  const name = el('input', { id: 'channel-name', required: true, maxlength: 80, autocapitalize: 'none', autocomplete: 'off' });
  const isPrivate = el('input', { id: 'channel-private', type: 'checkbox' });
  return ask(t('new_channel'), [
    el('label', {}, el('span', {}, t('channel_name')), name),
    el('label', { class: 'check' }, isPrivate, el('span', {}, t('private_channel'))),
  ], t('create'), () => create(name.value.trim().toLowerCase().replace(/\s+/g, '-'), isPrivate.checked));
}

export async function askDelete() {
  return Boolean(await ask(t('delete_question'), [], t('delete'), async () => true));
}

// members: user ids; strangers: users who could be invited; invite(user) and leave() do it.
export function showMembers({ title, members, strangers, people, invite, leave }) {
  const list = el('ul', { class: 'members' }, ...members.map((id) =>
    el('li', {}, el('span', { class: people.isActive(id) ? 'dot active' : 'dot' }), ' ', people.name(id))));
  const content = [list];
  const choice = el('select', { id: 'invite-who', 'aria-label': t('invite_someone') },
    el('option', { value: '' }, t('invite_someone')),
    ...strangers.map((user) => el('option', { value: user.id }, people.name(user.id))));
  if (invite && strangers.length) content.push(choice);
  if (leave) {
    content.push(el('p', {}, el('button', {
      type: 'button',
      class: 'plain danger',
      onclick: async () => {
        dialog.close();
        await leave();
      },
    }, t('leave'))));
  }
  const canInvite = invite && strangers.length;
  return ask(title, content, canInvite ? t('invite') : null,
    canInvite ? async () => choice.value && invite(choice.value) : null);
}
