import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Metrics } from '../../platform/platform.api.js';

/** What became of messages so far. `deadLettered`: refused rows, put aside with their reasons. */
export interface StreamCounts {
  accepted: number;
  unchanged: number;
  ignored: number;
  deadLettered: number;
  /** Requests that failed and were made again. */
  retries: number;
}

const OUTCOMES = { accepted: 'accepted', unchanged: 'unchanged', ignored: 'ignored', deadLettered: 'dead_lettered' };

/** Counts of one consumer, and the lag of its group, in Prometheus' form. */
export class StreamMetrics {
  readonly counts: StreamCounts = { accepted: 0, unchanged: 0, ignored: 0, deadLettered: 0, retries: 0 };
  private readonly metrics = new Metrics();
  private readonly messages = this.metrics.counter(
    'vitrine_stream_messages_total',
    'Messages whose offset was committed, by what became of them',
    ['topic', 'outcome'],
  );
  private readonly retries = this.metrics.counter(
    'vitrine_stream_retries_total',
    'Requests that failed and were made again',
  );
  private readonly joins = this.metrics.counter(
    'vitrine_stream_joins_total',
    'Times this consumer was given its partitions',
  );
  private readonly partitions = this.metrics.gauge('vitrine_stream_partitions', 'Partitions this consumer reads', [
    'topic',
  ]);
  private readonly lag = this.metrics.gauge(
    'vitrine_stream_lag_messages',
    'Messages that the group has not yet committed',
    ['topic', 'partition'],
  );
  private readonly checked = this.metrics.gauge(
    'vitrine_stream_lag_checked_timestamp_seconds',
    'When the lag was last asked for with success',
  );

  took(topic: string, counts: Omit<StreamCounts, 'retries'>): void {
    for (const [name, outcome] of Object.entries(OUTCOMES) as [keyof typeof OUTCOMES, string][]) {
      this.counts[name] += counts[name];
      if (counts[name] > 0) this.messages.inc({ topic, outcome }, counts[name]);
    }
  }

  retried(): void {
    this.counts.retries++;
    this.retries.inc();
  }

  joined(partitions: Readonly<Record<string, readonly number[]>>): void {
    this.joins.inc();
    this.partitions.reset();
    for (const [topic, own] of Object.entries(partitions)) this.partitions.set({ topic }, own.length);
  }

  lags(topic: string, partition: number, messages: number): void {
    this.lag.set({ topic, partition: String(partition) }, messages);
    this.checked.setToCurrentTime();
  }

  /** Serves `/metrics`, and `/health/live`, without a key: it tells names of topics and counts, nothing of anybody. @returns its address */
  async serve(port: number, host: string): Promise<{ url: string; close(): void }> {
    const server: Server = createServer((request, response) => {
      if (request.url === '/health/live') return response.end('{"status":"ok"}\n');
      if (request.url !== '/metrics') return response.writeHead(404).end();
      return this.metrics.registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': this.metrics.registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    });
    await new Promise<void>((listening, fail) => server.once('error', fail).listen(port, host, listening));
    server.unref();
    return {
      url: `http://${host}:${(server.address() as AddressInfo).port}`,
      close: () => {
        server.close();
        server.closeAllConnections();
      },
    };
  }
}
