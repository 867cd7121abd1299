import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { Agent, type Dispatcher, request } from 'undici';
import { Problem } from '../platform/http/problem.js';
import type { Settings } from '../platform/platform.api.js';
import { SETTINGS } from '../platform/platform.api.js';

const MOST_REDIRECTS = 5;
const DEFAULT_TIMEOUT_MS = 20_000;
/** A whole feed may take an hour. */
const FEED_TIMEOUT_MS = 3_600_000;

/** What one download may cost. */
export interface DownloadLimits {
  maxBytes: number;
  /** From first byte sent to last byte read, redirects included. Default 20,000. */
  timeoutMs?: number;
  /** Sent along, e.g. `if-none-match`. A redirect to another host takes only `accept` and conditions with it. */
  headers?: Record<string, string>;
}

/** An answer with its headers, for callers that need more than the bytes. */
export interface Download {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
  /** Address after redirects. */
  url: string;
}

/** An answer whose body streams, with what a later request needs to ask whether it has changed. */
export interface OpenDownload {
  status: number;
  body: Readable;
  /** As announced; null where it is not. */
  size: number | null;
  etag: string | null;
  lastModified: string | null;
}

/** `temporary`: trying again later may help. */
export class DownloadFailed extends Problem {
  constructor(
    code: string,
    detail: string,
    readonly temporary: boolean,
    cause?: unknown,
  ) {
    super({ code: `VIT_DOWNLOAD_${code}`, status: 400, title: 'The address could not be fetched', detail, cause });
  }
}

/** Whether an IP address is one on the public internet (IPv4-mapped and NAT64 forms are judged by the IPv4 address inside). */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv6') {
    const v6 = parsed as ipaddr.IPv6;
    const range = v6.range();
    if (range === 'rfc6052') return isPublicAddress(ipaddr.fromByteArray(v6.toByteArray().slice(12)).toString());
    return range === 'unicast';
  }
  return parsed.range() === 'unicast';
};

type LookupDone = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** How names become addresses, and which of these may be connected to. */
export interface Network {
  resolve(
    host: string,
    options: LookupAllOptions,
    done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ): void;
  isPublic(address: string): boolean;
}

/** Another network than the internet, for tests. */
export const NETWORK = Symbol('Network');

const INTERNET: Network = { resolve: dnsLookup, isPublic: isPublicAddress };

/** Resolves a name once and gives up when any address is not public; what was judged here is what is connected to, so DNS cannot change its mind. */
const judgedLookup =
  ({ resolve, isPublic }: Network) =>
  (host: string, options: object, done: LookupDone): void => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const closed = addresses.find(({ address }) => !isPublic(address));
      if (closed)
        return done(
          Object.assign(new Error(`${host} resolves to ${closed.address}, which is not public`), {
            code: 'VIT_PRIVATE',
          }),
          [],
        );
      if ((options as { all?: boolean }).all) return done(null, addresses);
      return done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };

/**
 * Fetches what strangers name: only http and https, only public addresses (checked when connecting, after every redirect),
 * no credentials in the address, a limit on bytes and time. `VITRINE_ALLOW_PRIVATE_URLS` lifts the address check.
 */
@Injectable()
export class SafeDownloader implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'allowPrivateUrls'>,
    @Optional() @Inject(NETWORK) private readonly network: Network = INTERNET,
  ) {
    const lookup = settings.allowPrivateUrls ? {} : { lookup: judgedLookup(network) as never };
    this.agent = new Agent({ connect: { timeout: 10_000, ...lookup }, connections: 16, keepAliveTimeout: 5_000 });
  }

  /** The bytes behind `url`. @throws DownloadFailed with a code that says whether the address, the answer or the network was at fault. */
  async fetch(url: string, limits: DownloadLimits): Promise<Buffer> {
    const answer = await this.download(url, limits);
    if (answer.status !== 200) {
      const temporary = answer.status >= 500 || answer.status === 429 || answer.status === 408;
      throw new DownloadFailed('STATUS', `${shorten(url)} answered ${answer.status}; 200 is wanted.`, temporary);
    }
    return answer.bytes;
  }

  /** Like `fetch`, with status and headers; an answer of any status resolves. */
  async download(url: string, limits: DownloadLimits): Promise<Download> {
    const { answer, address } = await this.follow(url, limits);
    const bytes = await this.drain(answer, address, limits.maxBytes);
    return { status: answer.statusCode, headers: answer.headers, bytes, url: address.href };
  }

  /**
   * What lies behind `url` as a stream, for feeds of any size: the caller reads it to its end or destroys it. An answer of 304 to conditional `headers` has an
   * empty body. @throws DownloadFailed unless the answer is 200, or 304 when it was asked for
   */
  async open(url: string, limits: Omit<DownloadLimits, 'maxBytes'> = {}): Promise<OpenDownload> {
    const { answer } = await this.follow(url, {
      timeoutMs: FEED_TIMEOUT_MS,
      ...limits,
      maxBytes: Number.POSITIVE_INFINITY,
    });
    const isConditional = Object.keys(limits.headers ?? {}).some((name) => /^if-/i.test(name));
    if (answer.statusCode !== 200 && !(answer.statusCode === 304 && isConditional)) {
      answer.body.destroy();
      throw new DownloadFailed(
        'STATUS',
        `${shorten(url)} answered ${answer.statusCode}; 200 is wanted.`,
        answer.statusCode >= 500 || answer.statusCode === 429,
      );
    }
    if (answer.statusCode === 304) await answer.body.dump();
    const length = Number(answer.headers['content-length']);
    return {
      status: answer.statusCode,
      body: answer.body,
      size: Number.isFinite(length) && length > 0 ? length : null,
      etag: headerOf(answer, 'etag'),
      lastModified: headerOf(answer, 'last-modified'),
    };
  }

  /**
   * Sends `body` to an address that a shop named, by the same rules, and gives the status of the answer. Redirects are not followed: what was signed for one
   * receiver is not handed to another. At most 64 kB of the answer are read. @throws DownloadFailed when there is no answer
   */
  async post(url: string, body: string, limits: Omit<DownloadLimits, 'maxBytes'>): Promise<number> {
    const signal = AbortSignal.timeout(limits.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const answer = await this.ask(this.checked(url), limits, signal, body);
    answer.body.on('error', () => undefined);
    await answer.body.dump({ limit: 65_536 });
    return answer.statusCode;
  }

  /** Says whether an address may be asked at all, as far as that shows before its name is looked up. @throws DownloadFailed */
  assertAllowed(url: string): void {
    this.checked(url);
  }

  /** The last answer of a chain of redirects, each address judged. */
  private async follow(
    url: string,
    limits: DownloadLimits,
  ): Promise<{ answer: Dispatcher.ResponseData; address: URL }> {
    const signal = AbortSignal.timeout(limits.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    let address = this.checked(url);
    let isSame = true;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const answer = await this.ask(
        address,
        isSame ? limits : { ...limits, headers: forStrangers(limits.headers) },
        signal,
      );
      // A body that is given up says so once more when nobody listens; unheard, that would end the process.
      answer.body.on('error', () => undefined);
      const location = answer.headers.location;
      if (answer.statusCode < 300 || answer.statusCode >= 400 || typeof location !== 'string')
        return { answer, address };
      answer.body.destroy();
      const next = this.checked(new URL(location, address).href);
      // Once led elsewhere, never again: the way back is the stranger's word.
      isSame &&= next.origin === address.origin;
      address = next;
    }
    throw new DownloadFailed('REDIRECTS', `${shorten(url)} redirects more than ${MOST_REDIRECTS} times.`, false);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private checked(text: string): URL {
    let url: URL;
    try {
      url = new URL(text);
    } catch (error) {
      throw new DownloadFailed(
        'ADDRESS',
        `"${shorten(text)}" is no absolute address; one such as https://shop.example/a.jpg is wanted.`,
        false,
        error,
      );
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new DownloadFailed(
        'ADDRESS',
        `"${shorten(text)}" is ${url.protocol} ; only http and https are fetched.`,
        false,
      );
    }
    if (url.username || url.password)
      throw new DownloadFailed('ADDRESS', `${url.host}: an address must not carry a user name or password.`, false);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // A literal address is connected to without any lookup, so it is judged here.
    if (isIP(host) && !this.settings.allowPrivateUrls && !this.network.isPublic(host)) throw this.closed(text, host);
    return url;
  }

  private async ask(
    url: URL,
    limits: Omit<DownloadLimits, 'maxBytes'>,
    signal: AbortSignal,
    body?: string,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(url, {
        dispatcher: this.agent,
        method: body === undefined ? 'GET' : 'POST',
        body,
        signal,
        headers: { 'user-agent': 'Vitrine', accept: 'image/*,*/*;q=0.5', ...limits.headers },
        headersTimeout: limits.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      });
    } catch (error) {
      throw this.failed(url, error);
    }
  }

  private async drain(answer: Dispatcher.ResponseData, url: URL, maxBytes: number): Promise<Buffer> {
    const declared = Number(answer.headers['content-length']);
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      if (declared > maxBytes) throw this.tooLarge(url, maxBytes);
      for await (const chunk of answer.body) {
        size += chunk.length;
        if (size > maxBytes) throw this.tooLarge(url, maxBytes);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, size);
    } catch (error) {
      answer.body.destroy();
      throw error instanceof DownloadFailed ? error : this.failed(url, error);
    }
  }

  private tooLarge(url: URL, maxBytes: number): DownloadFailed {
    return new DownloadFailed('BYTES', `${shorten(url.href)} is larger than ${maxBytes} bytes.`, false);
  }

  private closed(url: string, address: string): DownloadFailed {
    return new DownloadFailed(
      'PRIVATE',
      `${shorten(url)} leads to ${address}, which is not a public address. VITRINE_ALLOW_PRIVATE_URLS=true would allow it.`,
      false,
    );
  }

  private failed(url: URL, error: unknown): DownloadFailed {
    const { code, message, name } = error as NodeJS.ErrnoException;
    if (code === 'VIT_PRIVATE')
      return this.closed(url.href, message.match(/resolves to (\S+),/)?.[1] ?? 'an internal address');
    if (name === 'TimeoutError' || name === 'AbortError')
      return new DownloadFailed('TIMEOUT', `${shorten(url.href)} did not answer in time.`, true, error);
    return new DownloadFailed(
      'UNREACHABLE',
      `${shorten(url.href)} could not be reached: ${code ?? message}.`,
      true,
      error,
    );
  }
}

const headerOf = (answer: Dispatcher.ResponseData, name: string): string | null => {
  const value = answer.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
};

/** What may be told to another host than the one that was named: no password, no cookie, nothing of anybody's own. */
const forStrangers = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(accept|if-.*)$/i.test(name)));

const shorten = (url: string): string => (url.length > 200 ? `${url.slice(0, 200)}…` : url);
