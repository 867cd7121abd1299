import type { WeaviateClient } from 'weaviate-client';

/** The client library is not installed. */
export class WeaviateAbsent extends Error {}

/** gRPC's port where the address does not name one: Weaviate's own default. */
const GRPC_PORT = 50_051;
/** The client's own limits, in seconds; ours below are shorter. */
const TIMEOUT_SECONDS = { init: 5, query: 30, insert: 60 } as const;
/** How long a search may take before the next node is asked, or the table answers. */
export const SEARCH_MS = 1_000;
/** How long a write or a listing may. */
export const WRITE_MS = 30_000;
/** How long a node that failed may take to say that it is ready again. */
const READY_MS = 500;

/** One node as `WEAVIATE_URL` names it: `http[s]://[any:APIKEY@]host[:port][?grpc=PORT]`. */
export interface NodeAddress {
  host: string;
  port: number;
  secure: boolean;
  grpcPort: number;
  apiKey: string | null;
}

/** The nodes named by `WEAVIATE_URL`, parted by commas; any of them answers for the whole cluster. */
export const parseNodes = (text: string): NodeAddress[] =>
  text.split(',').map((part) => {
    const url = new URL(part.trim());
    const secure = url.protocol === 'https:';
    return {
      host: url.hostname,
      port: Number(url.port) || (secure ? 443 : 80),
      secure,
      grpcPort: Number(url.searchParams.get('grpc') ?? GRPC_PORT),
      apiKey: url.password === '' ? null : decodeURIComponent(url.password),
    };
  });

/** The cluster seen through whichever of its nodes answers. */
export class WeaviateNodes {
  readonly #clients: (WeaviateClient | null)[];
  readonly #doubted = new Set<number>();
  #current = 0;

  private constructor(
    readonly library: typeof import('weaviate-client'),
    private readonly addresses: readonly NodeAddress[],
  ) {
    this.#clients = addresses.map(() => null);
  }

  /** Loads the client; connects to nobody yet. @throws `WeaviateAbsent` when it is not installed. */
  static async load(url: string): Promise<WeaviateNodes> {
    try {
      return new WeaviateNodes(await import('weaviate-client'), parseNodes(url));
    } catch (error) {
      throw new WeaviateAbsent(error instanceof Error ? error.message.split('\n')[0]! : String(error));
    }
  }

  /**
   * Does the work on the node that answered last; where that fails or takes longer than `limitMs`, on each of the others, once. A node that
   * failed is asked again only after it says that it is ready (the client itself would try for many seconds). Throws what the last one said.
   */
  async ask<T>(work: (client: WeaviateClient) => Promise<T>, limitMs: number): Promise<T> {
    let failure: unknown;
    for (let tries = 0; tries < this.addresses.length; tries++) {
      const at = this.#current;
      try {
        if (this.#doubted.has(at)) await this.#ready(at);
        const answer = await within(limitMs, work(await this.#client(at)));
        this.#doubted.delete(at);
        return answer;
      } catch (error) {
        failure = error;
        this.#doubted.add(at);
        // Somebody else may have moved on already.
        if (this.#current === at) this.#current = (at + 1) % this.addresses.length;
      }
    }
    throw failure;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client?.close()));
  }

  async #ready(at: number): Promise<void> {
    const { host, port, secure } = this.addresses[at]!;
    const address = `${secure ? 'https' : 'http'}://${host}:${port}`;
    const response = await fetch(`${address}/v1/.well-known/ready`, { signal: AbortSignal.timeout(READY_MS) });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the node ${address} is not ready`);
  }

  async #client(at: number): Promise<WeaviateClient> {
    const known = this.#clients[at];
    if (known) return known;
    const { host, port, secure, grpcPort, apiKey } = this.addresses[at]!;
    const client = await this.library.default.connectToCustom({
      httpHost: host,
      httpPort: port,
      httpSecure: secure,
      grpcHost: host,
      grpcPort,
      grpcSecure: secure,
      // The checks ask the node itself, which may be away just now.
      skipInitChecks: true,
      timeout: TIMEOUT_SECONDS,
      ...(apiKey === null ? {} : { authCredentials: new this.library.ApiKey(apiKey) }),
    });
    this.#clients[at] = client;
    return client;
  }
}

const within = async <T>(limitMs: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
