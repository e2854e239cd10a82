// The Web API over fetch. One call, one promise: it resolves with the answer's JSON, or rejects
// with an ApiError whose `code` is Slack's error string, or `signed_out`, and whose `retryable` says whether the same
// call may succeed later.
import { backoff, pause } from './backoff.js';

export class ApiError extends Error {
  constructor(code, { retryable = false, retryAfterMs = 0 } = {}) {
    super(code);
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

// The only way on is to sign in again.
export const isSignedOut = (error) => ['signed_out', 'account_inactive'].includes(error.code);

// A call with a token is refused so when the token is no good any more; one without, when the password is wrong.
const tokenRefusals = ['invalid_auth', 'not_authed', 'token_revoked', 'token_expired'];
const retryableCodes = ['ratelimited', 'internal_error', 'service_unavailable', 'request_timeout', 'fatal_error'];
const timeoutMs = 20_000;

export async function callOnce(token, method, values = {}) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') body.set(name, String(value));
  }
  let response;
  let answer;
  try {
    response = await fetch(`/api/${method}`, {
      method: 'POST',
      body,
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      signal: AbortSignal.timeout(timeoutMs),
    });
    answer = await response.json();
  } catch {
    throw new ApiError('offline', { retryable: true });
  }
  if (answer.ok) return answer;
  const code = token && tokenRefusals.includes(answer.error) ? 'signed_out' : answer.error;
  throw new ApiError(code ?? `http_${response.status}`, {
    retryable: response.status === 429 || response.status >= 500 || retryableCodes.includes(answer.error),
    retryAfterMs: 1000 * Number(response.headers.get('Retry-After') ?? 0),
  });
}

// For reading, and for whatever may be repeated safely: tries again for a while before it gives up.
export async function call(token, method, values, attempts = 6) {
  for (let attempt = 0; ; ++attempt) {
    try {
      return await callOnce(token, method, values);
    } catch (error) {
      if (!error.retryable || attempt + 1 >= attempts) throw error;
      await pause(Math.max(error.retryAfterMs, backoff(attempt)));
    }
  }
}

// All pages of a listing, as one array. `field` names the array in each answer.
export async function callAll(token, method, field, values = {}) {
  const items = [];
  for (let cursor = ''; ; ) {
    const answer = await call(token, method, { limit: 200, ...values, cursor });
    items.push(...answer[field]);
    cursor = answer.response_metadata?.next_cursor ?? '';
    if (!cursor) return items;
  }
}

// A name for a message that stays the same however often it is sent. Not crypto.randomUUID(),
// which is missing where the page is not on localhost and not behind TLS.
export function newMessageId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
