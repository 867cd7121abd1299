import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Notification } from './database.port.js';

type Hear = (notification: Notification) => void;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** LISTEN on a connection of its own, which is made again (after 0.25 s, doubling to 5 s) when it is lost. */
export class PgListener {
  private readonly channels = new Map<string, Set<Hear>>();
  private client: pg.Client | null = null;
  private connecting: Promise<void> | null = null;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly report: (error: Error) => void,
  ) {}

  async listen(channel: string, hear: Hear): Promise<() => Promise<void>> {
    const hearers = this.channels.get(channel) ?? new Set<Hear>();
    this.channels.set(channel, hearers.add(hear));
    if (this.client) await this.client.query(`listen ${quoted(channel)}`);
    else await this.connect();
    return async () => {
      hearers.delete(hear);
      if (hearers.size > 0 || !this.channels.delete(channel)) return;
      await this.client?.query(`unlisten ${quoted(channel)}`).catch(this.report);
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    const { client } = this;
    this.client = null;
    await client?.end().catch(this.report);
  }

  /** One connection is made however many callers wait for it. */
  private connect(): Promise<void> {
    this.connecting ??= this.open().finally(() => {
      this.connecting = null;
    });
    return this.connecting;
  }

  private async open(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, application_name: 'vitrine listen', keepAlive: true });
    let lost = false;
    const lose = (error?: Error): void => {
      if (lost) return;
      lost = true;
      if (this.client !== client || this.closed) return;
      this.client = null;
      this.report(error ?? new Error('The listening connection ended.'));
      void this.reconnect();
    };
    client.on('error', lose);
    client.on('end', () => lose());
    client.on('notification', ({ channel, payload }) => {
      for (const hear of this.channels.get(channel) ?? []) hear({ channel, payload: payload ?? '' });
    });
    await client.connect();
    for (const channel of this.channels.keys()) await client.query(`listen ${quoted(channel)}`);
    this.client = client;
  }

  private async reconnect(): Promise<void> {
    for (let waitMs = 250; !this.closed; waitMs = Math.min(waitMs * 2, 5_000)) {
      await pause(waitMs, undefined, { ref: false });
      try {
        await this.connect();
        return;
      } catch (error) {
        this.report(error as Error);
      }
    }
  }
}
