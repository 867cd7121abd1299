/** A Vitrine as its tools for agents reach it: its own public API with the caller's key, so that an agent may do what the key may, and no more. */
export interface ShopApi {
  /** JSON in, JSON out. @throws Error in the words of the answer when it is a refusal */
  call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T>;
  /** A picture of the shop's own, by its path. */
  picture(path: string): Promise<{ bytes: Buffer; mediaType: string }>;
}

/** Over HTTP, with a key. */
export class HttpShopApi implements ShopApi {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  async call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return answerOf<T>(response.status, await response.text());
  }

  async picture(path: string): Promise<{ bytes: Buffer; mediaType: string }> {
    const response = await fetch(path.startsWith('/') ? this.url + path : path);
    if (!response.ok) throw new Error(`the picture ${path} cannot be had (${response.status})`);
    return {
      bytes: Buffer.from(await response.arrayBuffer()),
      mediaType: response.headers.get('content-type') ?? 'image/webp',
    };
  }
}

/** The answer, or an error in its words. */
export const answerOf = <T>(status: number, text: string): T => {
  const body = (text === '' ? {} : JSON.parse(text)) as T & { detail?: string };
  if (status < 300) return body;
  throw new Error(body.detail ?? `the shop answered ${status}`);
};
