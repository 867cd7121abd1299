/** Where a Vitrine is and who calls it. */
export interface VitrineApiOptions {
  /** Scheme and host, such as `https://recommend.example`. */
  url: string;
  /** A server key: documents are written and read with it. */
  key: string;
  /** Another `fetch` than the global one: for proxies and retries. */
  fetch?: (request: Request) => Promise<Response>;
}

/** What a refused call throws: the sentence of the problem document, with its code. */
export class VitrineRefusal extends Error {
  /** @param status HTTP status @param code `VIT_AREA_WHAT`, null where no problem document came */
  constructor(
    readonly status: number,
    readonly code: string | null,
    detail: string,
  ) {
    super(detail);
    this.name = 'VitrineRefusal';
  }
}

/** The few calls that documents need, over `fetch`. */
export class VitrineApi {
  constructor(private readonly options: VitrineApiOptions) {}

  /**
   * One call; JSON in, JSON out, or rows as NDJSON where `rows` is given.
   *
   * @throws VitrineRefusal on every answer that is not 2xx
   */
  async call<T>(method: string, path: string, body?: unknown, rows?: readonly unknown[]): Promise<T> {
    const text = rows
      ? rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      : body === undefined
        ? null
        : JSON.stringify(body);
    const response = await (this.options.fetch ?? fetch)(
      new Request(this.options.url.replace(/\/+$/, '') + path, {
        method,
        headers: {
          authorization: `Bearer ${this.options.key}`,
          ...(text === null ? {} : { 'content-type': rows ? 'application/x-ndjson' : 'application/json' }),
        },
        body: text,
      }),
    );
    const answered = await response.text();
    if (response.ok) return (answered === '' ? null : JSON.parse(answered)) as T;
    throw refusal(response.status, answered);
  }
}

const refusal = (status: number, text: string): VitrineRefusal => {
  try {
    const problem = JSON.parse(text) as { code?: string; detail?: string; title?: string };
    return new VitrineRefusal(status, problem.code ?? null, problem.detail ?? problem.title ?? `HTTP ${status}`);
  } catch {
    return new VitrineRefusal(status, null, `HTTP ${status} without a problem document; is that address a Vitrine?`);
  }
};
