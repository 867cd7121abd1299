import type { components } from '../../client/src/schema.js';

/** The API's shapes by name, from its own OpenAPI document. */
export type Schemas = components['schemas'];

/** Told on `document` when the server no longer knows this browser's session. */
export const SIGNED_OUT = 'vitrine-signed-out';

/** A refused call, with the problem document's own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly code: string | undefined,
  ) {
    super(detail);
  }
}

const headers = { 'vitrine-admin': '1' };

/** A call as whoever is signed in: the session is a cookie that this script can't read. Rejects with `Refused`. */
export const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const isText = typeof body === 'string';
  const isBlob = body instanceof Blob;
  const type = isBlob ? body.type || 'application/octet-stream' : isText ? 'application/x-ndjson' : 'application/json';
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': type },
      body: body === undefined ? undefined : isText || isBlob ? body : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, 'The server does not answer. Is it running?', undefined);
  }
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (response.ok) return answer as T;
  if (response.status === 401) document.dispatchEvent(new Event(SIGNED_OUT));
  const first = answer?.errors?.[0];
  throw new Refused(
    response.status,
    first?.path ? `${first.path}: ${first.message}` : (answer?.detail ?? `HTTP ${response.status}`),
    answer?.code,
  );
};

/** Whether this browser is signed in. */
export const session = (): Promise<Schemas['AdminSession']> => call('GET', '/v1/admin/session');

/** The key goes to the server once and is kept nowhere here. Rejects with the reason. */
export const signIn = (key: string): Promise<Schemas['AdminSession']> => call('POST', '/v1/admin/session', { key });

export const signOut = async (): Promise<void> => {
  await call('DELETE', '/v1/admin/session').catch(() => undefined);
  document.dispatchEvent(new Event(SIGNED_OUT));
};

/** Offers text as a file. */
export const download = (name: string, text: string, type = 'application/json'): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};

export const day = (text: string): string => new Date(text).toLocaleDateString(undefined, { dateStyle: 'medium' });
export const time = (text: string | null | undefined): string =>
  text ? new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }) : '–';
export const number = (value: number): string => value.toLocaleString();
export const percent = (share: number, digits = 0): string => `${(share * 100).toFixed(digits)} %`;
export const words = (name: string): string => name.replaceAll(/[_.-]+/g, ' ');
