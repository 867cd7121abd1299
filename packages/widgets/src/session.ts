/** What a page tells the widgets, on the script tag: `data-key` and `data-api`. */
export interface Connection {
  api: string;
  key: string;
}

export interface Money {
  amount: number;
  currency: string;
}

export interface Reason {
  source: string;
  share: number;
  because?: { itemId?: string; index?: number; imageId?: string; text?: string };
}

export interface Recommended {
  id: string;
  rank: number;
  score: number;
  placedBy: string;
  item: { title: string; url?: string | null; image?: string | null; price?: Money | null; availability?: string };
  reasons?: Reason[];
}

export interface RecommendationAnswer {
  requestId: string;
  personalized: boolean;
  fallback: string | null;
  warnings: unknown[];
  items: Recommended[];
}

interface Visitor {
  visitorId: string;
  token: string;
}

const STORE = 'vitrine';
const FLUSH_MS = 1500;
/** A list that is not there by then is not waited for: the page is better without a grey row. */
const ASK_TIMEOUT_MS = 5000;
/** Within this time a second view of the same product is the same view: the page's own and the widget's. */
const SAME_VIEW_MS = 10_000;

/** What a sentence about a product needs of it. */
export interface KnownItem {
  title: string;
  image: string | null;
}

interface Stored {
  consent?: boolean;
  visitor?: Visitor;
}

/**
 * One page's talk with Vitrine: consent, the visitor's signed token, batched events, and one request for equal questions.
 *
 * Without consent nothing is stored in the browser, no visitor is made, and no event is sent.
 */
export class Session {
  readonly connection: Connection;
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Map<string, Promise<unknown>>();
  #queue: Record<string, unknown>[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #memory: Stored = {};
  #visitor: Promise<Visitor> | undefined;
  #viewed: { itemId: unknown; at: number } | undefined;
  readonly #items = new Map<string, Promise<KnownItem>>();

  constructor(connection: Connection, consent?: boolean) {
    this.connection = connection;
    this.#memory = this.#load();
    if (consent !== undefined && this.#memory.consent === undefined) this.#memory.consent = consent;
    addEventListener('pagehide', () => this.flush(true));
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && this.flush(true));
  }

  get consent(): boolean {
    return this.#memory.consent === true;
  }

  /** `true`, `false`, or undefined when the visitor was never asked. */
  get answered(): boolean | undefined {
    return this.#memory.consent;
  }

  get visitorId(): string | undefined {
    return this.consent ? this.#memory.visitor?.visitorId : undefined;
  }

  /** Calls back when consent or visitor changed; returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes the visitor's answer; a "no" drops what waited to be sent and is told to the server for a visitor it knows. */
  async setConsent(given: boolean): Promise<void> {
    this.#memory.consent = given;
    if (!given) this.#queue = [];
    this.#save();
    const known = this.#memory.visitor;
    // A visitor who is made now has their answer told in the making.
    if (known) await this.#tell(known, given);
    else if (given) await this.visitor().catch(() => undefined);
    this.#changed();
  }

  /** Erases the visitor on the server and in this browser; answers the server's receipt. */
  async forget(): Promise<unknown> {
    const visitor = this.#memory.visitor;
    this.#queue = [];
    const receipt = visitor ? await this.call('DELETE', `/v1/visitors/${encodeURIComponent(visitor.visitorId)}`) : null;
    this.#memory = { consent: false };
    this.#visitor = undefined;
    try {
      localStorage.removeItem(STORE);
    } catch {
      // a page without storage has nothing to remove
    }
    this.#changed();
    return receipt;
  }

  /** The server keeps the visitor's answer: it takes no event without it. */
  async #tell(visitor: Visitor, given: boolean): Promise<void> {
    await this.call('PUT', `/v1/visitors/${encodeURIComponent(visitor.visitorId)}/consent`, {
      personalization: given,
      training: given,
    }).catch(() => undefined);
  }

  /** This visitor's id and token; made on first use, only with consent, also one that the shop's own banner asked for. */
  async visitor(): Promise<Visitor> {
    if (!this.consent) throw new Error('no consent');
    if (this.#memory.visitor) return this.#memory.visitor;
    this.#visitor ??= this.call<Visitor>('POST', '/v1/visitors', {}).then(async ({ visitorId, token }) => {
      const visitor = { visitorId, token };
      this.#memory.visitor = visitor;
      this.#save();
      await this.#tell(visitor, true);
      return visitor;
    });
    // What failed is tried again at the next need of it.
    this.#visitor.catch(() => (this.#visitor = undefined));
    return this.#visitor;
  }

  /** A JSON call with the page's key and, with consent, the visitor's token. Rejects with the problem's detail. */
  async call<T>(method: string, path: string, body?: unknown, timeoutMs = 8000): Promise<T> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.connection.key}` };
    if (this.#memory.visitor) headers['vitrine-visitor'] = this.#memory.visitor.token;
    const raw = body instanceof Blob;
    if (body !== undefined)
      headers['content-type'] = raw ? body.type || 'application/octet-stream' : 'application/json';
    const response = await fetch(this.connection.api + path, {
      method,
      headers,
      body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    const answer = text ? JSON.parse(text) : null;
    if (!response.ok) throw new Error(answer?.detail ?? `HTTP ${response.status}`);
    return answer as T;
  }

  /** Recommendations or search; equal questions asked at the same time are one request. */
  async ask(path: string, request: Record<string, unknown>): Promise<RecommendationAnswer> {
    const visitor = this.consent ? await this.visitor().catch(() => undefined) : undefined;
    const personal =
      path === '/v1/recommendations'
        ? { ...(visitor ? { visitorId: visitor.visitorId } : {}), consent: { personalization: Boolean(visitor) } }
        : {};
    const body = { ...request, ...personal };
    const question = path + JSON.stringify(body);
    const same = this.#waiting.get(question);
    if (same) return same as Promise<RecommendationAnswer>;
    const answer = this.call<RecommendationAnswer>('POST', path, body, ASK_TIMEOUT_MS);
    this.#waiting.set(question, answer);
    const forget = (): void => void this.#waiting.delete(question);
    // What failed is asked anew at once: it would fail whoever tries again.
    answer.then(() => setTimeout(forget, 50), forget);
    return answer;
  }

  /** Title and picture of a product, asked for once. */
  item(id: string): Promise<KnownItem> {
    let known = this.#items.get(id);
    if (!known) {
      known = this.call<{ title: string; images?: { src: string }[] }>(
        'GET',
        `/v1/items/${encodeURIComponent(id)}`,
      ).then(({ title, images }) => ({ title, image: images?.[0]?.src ?? null }));
      this.#items.set(id, known);
      known.catch(() => this.#items.delete(id));
    }
    return known;
  }

  /** Queues what the visitor did; dropped without consent. `now` sends at once and resolves when stored. The same product viewed twice in ten seconds is one view. */
  async track(event: Record<string, unknown>, now = false): Promise<void> {
    if (!this.consent) return;
    if (event.type === 'view') {
      const before = this.#viewed;
      this.#viewed = { itemId: event.itemId, at: Date.now() };
      if (before?.itemId === event.itemId && Date.now() - before!.at < SAME_VIEW_MS) return;
    }
    const visitor = await this.visitor().catch(() => undefined);
    if (!visitor) return;
    this.#queue.push({ id: crypto.randomUUID(), at: new Date().toISOString(), visitorId: visitor.visitorId, ...event });
    if (now) return this.flush();
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Sends what waits; on leaving the page as a request that outlives it. */
  async flush(leaving = false): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const visitor = this.#memory.visitor;
    if (!this.#queue.length || !visitor) return;
    const events = this.#queue;
    this.#queue = [];
    try {
      await fetch(`${this.connection.api}/v1/events/batch`, {
        method: 'POST',
        keepalive: leaving,
        headers: {
          authorization: `Bearer ${this.connection.key}`,
          'vitrine-visitor': visitor.token,
          'content-type': 'application/x-ndjson',
        },
        body: events.map((event) => JSON.stringify(event)).join('\n'),
      });
    } catch {
      // The API is away: keep a bounded number for the next try; each has an id, so a repeat counts once.
      this.#queue = [...events, ...this.#queue].slice(-200);
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #load(): Stored {
    try {
      return JSON.parse(localStorage.getItem(STORE) ?? '{}') as Stored;
    } catch {
      return {};
    }
  }

  #save(): void {
    try {
      // A refusal is remembered, so that nobody is asked on every page; nothing else is kept without consent.
      localStorage.setItem(
        STORE,
        JSON.stringify(this.consent ? this.#memory : { consent: this.#memory.consent, visitor: this.#memory.visitor }),
      );
    } catch {
      // private windows: it lives as long as the page
    }
  }
}
