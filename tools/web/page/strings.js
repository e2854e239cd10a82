// Every word that the page shows, in each language it speaks. A new language is one more object
// here; a key missing in it falls back to English. {name} in a text is filled in by t().

const english = {
  language_name: 'English',
  tagline: 'Messages for your team, on your own machine',
  sign_in: 'Sign in', sign_up: 'Sign up', sign_out: 'Sign out',
  name: 'Name', email: 'Email', password: 'Password', team: 'Team',
  optional: 'optional', team_hint: 'Leave it empty to meet everyone. A new name founds a team.',
  conversations: 'Conversations', channels: 'Channels', more_channels: 'Channels to join',
  direct: 'People', messages: 'Messages', members: 'Members',
  new_channel: 'New channel', create: 'Create', cancel: 'Cancel', close: 'Close',
  channel_name: 'Channel name', private_channel: 'Private: only people who are invited see it',
  private: 'private', you: 'you', active: 'active', away: 'away',
  unread: '{n} unread', message_to: 'Message {name}', send: 'Send', to_newest: 'New messages ↓',
  edit: 'Edit', delete: 'Delete', save: 'Save', edited: 'edited', retry: 'Try again',
  discard: 'Discard', sending: 'sending…', delete_question: 'Delete this message for everyone?',
  not_sent: 'Not sent: {why}', new_messages: 'New', loading: 'Loading…',
  beginning: 'This is where {name} begins.', today: 'Today', yesterday: 'Yesterday',
  typing_one: '{a} is typing…', typing_two: '{a} and {b} are typing…',
  typing_many: 'Several people are typing…',
  join: 'Join', join_question: 'You are looking at {name}.', archived: '{name} is archived.',
  leave: 'Leave', invite: 'Invite', invite_someone: 'Invite someone…',
  connecting: 'Connecting…', connection_lost: 'Connection lost. What you see may be old. Trying again in {n} s.',
  reconnect_now: 'Try now', said: '{name}: {text}', someone: 'someone', bot: 'bot',
  did_join: 'joined the channel', did_leave: 'left the channel',
  did_topic: 'set the topic: {text}', did_purpose: 'set the purpose: {text}',
  did_name: 'renamed the channel to {text}', did_archive: 'archived the channel',
  did_unarchive: 'brought the channel back',
  notify_on: 'Notify me here', notify_off: 'Do not notify me here',
  error_offline: 'The server cannot be reached.', error_invalid_auth: 'Wrong email or password.',
  error_team_not_found: 'There is no such team.', error_invalid_email: 'This is not an email address.',
  error_name_taken: 'This name is taken.', error_invalid_name_punctuation: 'A name needs a letter or a digit.', error_email_taken: 'This email is already in use.',
  error_invalid_name_specials: 'Use small letters, digits, - and _.',
  error_invalid_name_maxlength: 'This name is too long.', error_invalid_name_required: 'A name is needed.',
  error_weak_password: 'The password is too short: at least 8 characters.',
  error_msg_too_long: 'The message is too long.', error_is_archived: 'The channel is archived.',
  error_not_in_channel: 'You are not in this channel.', error_channel_not_found: 'There is no such channel.',
  error_cant_leave_general: 'Nobody leaves this channel.', error_no_text: 'The message is empty.',
  error_ratelimited: 'Too many requests. Please wait a moment.',
  error_account_inactive: 'This account was disabled.', error_signed_out: 'You were signed out.',
  error_notify_denied: 'Notifications of this page are blocked. Click the sign beside the address, allow notifications, and press again.',
  error_notify_dismissed: 'Notifications were not allowed. Press again and choose to allow them.',
  error_notify_unreachable: 'The push service of this browser cannot be reached. Please try again later.',
};

const korean = {
  language_name: '한국어',
  tagline: '내 서버에서 돌아가는 우리 팀 메신저',
  sign_in: '로그인', sign_up: '가입하기', sign_out: '로그아웃',
  name: '이름', email: '이메일', password: '비밀번호', team: '팀',
  optional: '선택', team_hint: '비워 두면 모두가 있는 팀으로 들어갑니다. 새 이름을 쓰면 팀이 만들어집니다.',
  conversations: '대화', channels: '채널', more_channels: '참여할 수 있는 채널',
  direct: '사람', messages: '메시지', members: '멤버',
  new_channel: '새 채널', create: '만들기', cancel: '취소', close: '닫기',
  channel_name: '채널 이름', private_channel: '비공개: 초대받은 사람만 볼 수 있습니다',
  private: '비공개', you: '나', active: '접속 중', away: '자리 비움',
  unread: '읽지 않음 {n}개', message_to: '{name}에 메시지 보내기', send: '보내기', to_newest: '새 메시지 ↓',
  edit: '수정', delete: '삭제', save: '저장', edited: '수정됨', retry: '다시 시도',
  discard: '버리기', sending: '보내는 중…', delete_question: '모두에게서 이 메시지를 삭제할까요?',
  not_sent: '보내지 못했습니다: {why}', new_messages: '새 메시지', loading: '불러오는 중…',
  beginning: '{name}의 시작입니다.', today: '오늘', yesterday: '어제',
  typing_one: '{a} 님이 입력하고 있습니다…', typing_two: '{a} 님과 {b} 님이 입력하고 있습니다…',
  typing_many: '여러 사람이 입력하고 있습니다…',
  join: '참여하기', join_question: '{name} 채널을 보고 있습니다.', archived: '{name} 채널은 보관되었습니다.',
  leave: '나가기', invite: '초대', invite_someone: '초대할 사람…',
  connecting: '연결하는 중…', connection_lost: '연결이 끊겼습니다. 보이는 내용이 최신이 아닐 수 있습니다. {n}초 뒤에 다시 연결합니다.',
  reconnect_now: '지금 연결', said: '{name}: {text}', someone: '누군가', bot: '봇',
  did_join: '님이 채널에 들어왔습니다', did_leave: '님이 채널에서 나갔습니다',
  did_topic: '님이 주제를 정했습니다: {text}', did_purpose: '님이 목적을 정했습니다: {text}',
  did_name: '님이 채널 이름을 바꿨습니다: {text}', did_archive: '님이 채널을 보관했습니다',
  did_unarchive: '님이 채널을 다시 열었습니다',
  notify_on: '이 브라우저에서 알림 받기', notify_off: '이 브라우저 알림 끄기',
  error_offline: '서버에 연결할 수 없습니다.', error_invalid_auth: '이메일이나 비밀번호가 맞지 않습니다.',
  error_team_not_found: '그런 팀이 없습니다.', error_invalid_email: '이메일 주소가 아닙니다.',
  error_name_taken: '이미 쓰고 있는 이름입니다.', error_invalid_name_punctuation: '이름에는 글자나 숫자가 있어야 합니다.', error_email_taken: '이미 쓰고 있는 이메일입니다.',
  error_invalid_name_specials: '소문자, 숫자, -, _만 쓸 수 있습니다.',
  error_invalid_name_maxlength: '이름이 너무 깁니다.', error_invalid_name_required: '이름이 필요합니다.',
  error_weak_password: '비밀번호가 너무 짧습니다. 8자 이상이어야 합니다.',
  error_msg_too_long: '메시지가 너무 깁니다.', error_is_archived: '보관된 채널입니다.',
  error_not_in_channel: '이 채널의 멤버가 아닙니다.', error_channel_not_found: '그런 채널이 없습니다.',
  error_cant_leave_general: '이 채널에서는 나갈 수 없습니다.', error_no_text: '빈 메시지입니다.',
  error_ratelimited: '요청이 너무 많습니다. 잠시 기다려 주세요.',
  error_account_inactive: '사용이 중지된 계정입니다.', error_signed_out: '로그아웃되었습니다.',
  error_notify_denied: '이 페이지의 알림이 차단되어 있습니다. 주소 옆의 아이콘을 눌러 알림을 허용한 뒤 다시 눌러 주세요.',
  error_notify_dismissed: '알림이 허용되지 않았습니다. 다시 눌러 허용을 선택해 주세요.',
  error_notify_unreachable: '이 브라우저의 푸시 서비스에 연결할 수 없습니다. 잠시 뒤에 다시 시도해 주세요.',
};

export const languages = { en: english, ko: korean };

const storageKey = 'carillon.language';
let current = localStorage.getItem(storageKey);
if (!languages[current]) {
  current = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => languages[tag]) ?? 'en';
}

export const language = () => current;
export const otherLanguage = () => (current === 'en' ? 'ko' : 'en');

export function setLanguage(next) {
  current = next;
  localStorage.setItem(storageKey, next);
  translatePage();
}

export function t(key, values = {}) {
  const text = languages[current][key] ?? english[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

// The words for an API error code; an unknown code is shown as it is, which still helps a search.
export function errorText(code) {
  const key = `error_${code}`;
  return english[key] ? t(key) : code;
}

// Fills what stands in the page itself: data-t is text, data-t-label an accessible name.
export function translatePage() {
  document.documentElement.lang = current;
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]')) {
    node.setAttribute('aria-label', t(node.dataset.tLabel));
  }
  for (const node of document.querySelectorAll('[data-language]')) {
    node.textContent = languages[otherLanguage()].language_name;
    node.lang = otherLanguage();
  }
}
