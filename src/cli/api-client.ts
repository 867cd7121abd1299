import { Readable } from 'node:stream';
import { Problem } from '../platform/platform.api.js';

/** Calls a Vitrine's API as admin, from a command on the same machine. */
export class ApiClient {
  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  /**
   * One call; `body` goes as JSON, or as the stream of a batch.
   *
   * @throws Problem with the code and words of the answer when it is a refusal.
   */
  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const streamed = body instanceof Readable;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': streamed ? 'application/x-ndjson' : 'application/json' }),
      },
      ...(body === undefined
        ? {}
        : streamed
          ? { body: Readable.toWeb(body) as ReadableStream, duplex: 'half' }
          : { body: JSON.stringify(body) }),
    } as RequestInit);
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (response.ok) return answer as T;
    throw new Problem({
      code: String(answer.code ?? 'VIT_CALL'),
      status: response.status,
      title: String(answer.title ?? 'Refused'),
      detail: String(answer.detail ?? text),
      errors: answer.errors as Problem['errors'],
    });
  }
}
