import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage, Producer } from 'kafkajs';
import { Problem } from '../../platform/platform.api.js';
import type { RowKind } from '../feed-reader.port.js';
import type { ImportTarget } from '../import-target.js';
import { type DeadLetter, sendDeadLetters } from './dead-letters.js';
import type { StreamCounts, StreamMetrics } from './stream-metrics.js';
import { linesOf, ROW_KINDS, rowOf } from './stream-row.js';

export interface KafkaStreamOptions {
  /** Topics, and what their rows are when the shape is not to decide. */
  topics: ReadonlyMap<string, RowKind | undefined>;
  group: string;
  /** Where refused rows of a topic go. */
  deadLetterOf(topic: string): string;
  /** Where a group that has committed nothing yet begins. */
  from: 'beginning' | 'end';
  /** How long the group waits for a consumer that is silent before others get its partitions. */
  sessionTimeoutMs: number;
  say(text: string): void;
  /** Hears once, when the group has let this consumer in. */
  onReady(): void;
}

/** Messages written together, and characters of them: what is held in memory, and what is repeated after a kill. */
const MOST_ROWS = 500;
const MOST_BYTES = 24 * 1024 * 1024;
const LONGEST_WAIT_MS = 15_000;
const LAG_EVERY_MS = 5_000;

/** The stop came before this was written; nothing of it was committed. */
class Stopped extends Error {}

/**
 * Takes messages into a target, at least once: the offset of a message is committed only after the database has its row (or the dead-letter
 * topic has it with the reasons). What fails as a whole (database away, request refused) is tried again until it works; only rows that are
 * wrong in themselves are put aside. Rows have ids, so a repetition changes nothing.
 */
export class KafkaStream {
  private readonly admin: Admin;
  private readonly producer: Producer;

  constructor(
    private readonly kafka: Kafka,
    private readonly target: Pick<ImportTarget, 'take'>,
    private readonly metrics: StreamMetrics,
    private readonly options: KafkaStreamOptions,
  ) {
    this.admin = kafka.admin();
    this.producer = kafka.producer({ allowAutoTopicCreation: false });
  }

  /** Runs until `stop`, through rebalances and the death of brokers. @throws Problem `VIT_STREAM_TOPIC` when a topic does not exist */
  async run(stop: AbortSignal): Promise<void> {
    await this.admin.connect();
    const watching = setInterval(() => void this.watchLag(), LAG_EVERY_MS);
    try {
      await this.prepareTopics();
      await this.producer.connect();
      for (let tries = 0; !stop.aborted; tries++) {
        const failure = await this.consume(stop);
        if (stop.aborted || failure === null) break;
        this.options.say(`the consumer failed and is made anew: ${failure.message}`);
        await pause(waitAfter(tries), undefined, { signal: stop }).catch(() => undefined);
      }
    } finally {
      clearInterval(watching);
      await Promise.allSettled([this.producer.disconnect(), this.admin.disconnect()]);
    }
  }

  /** One consumer's life; answers what it died of, or null after a stop. */
  private async consume(stop: AbortSignal): Promise<Error | null> {
    const { sessionTimeoutMs, group, topics, from } = this.options;
    const consumer = this.kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 10),
      maxWaitTimeInMs: 1_000,
      allowAutoTopicCreation: false,
    });
    const died = this.listen(consumer);
    const stopped = new Promise<null>((resolve) => stop.addEventListener('abort', () => resolve(null), { once: true }));
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics.keys()], fromBeginning: from === 'beginning' });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.takeBatch(payload, stop),
      });
      return await Promise.race([died, stopped]);
    } catch (error) {
      return error as Error;
    } finally {
      // Ends after the chunk that is being written, and leaves the group at once.
      await consumer.disconnect().catch(() => undefined);
    }
  }

  private listen(consumer: Consumer): Promise<Error> {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.metrics.joined(payload.memberAssignment);
      const own = Object.entries(payload.memberAssignment).map(
        ([topic, partitions]) => `${topic} ${partitions.join(',')}`,
      );
      this.options.say(`partitions: ${own.join('; ') || 'none'}`);
      this.options.onReady();
    });
    return new Promise((resolve) =>
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) resolve(payload.error);
      }),
    );
  }

  private async takeBatch(payload: EachBatchPayload, stop: AbortSignal): Promise<void> {
    const { batch, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload;
    const { topic, partition } = batch;
    for (const messages of chunksOf(batch.messages)) {
      if (!isRunning() || isStale() || stop.aborted) return;
      let counts: Omit<StreamCounts, 'retries'>;
      try {
        counts = await this.untilTaken(payload, messages, stop);
      } catch (error) {
        if (error instanceof Stopped) return;
        throw error;
      }
      const { offset } = messages.at(-1)!;
      resolveOffset(offset);
      const next = (BigInt(offset) + 1n).toString();
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next }] }] });
      this.metrics.took(topic, counts);
    }
  }

  /** Tries until the rows are in the database, or the partition is taken away (rejects with the broker's word), or the stop comes. */
  private async untilTaken(
    { batch, heartbeat }: EachBatchPayload,
    messages: readonly KafkaMessage[],
    stop: AbortSignal,
  ): Promise<Omit<StreamCounts, 'retries'>> {
    let lost: unknown = null;
    const beating = setInterval(() => {
      heartbeat().catch((error: unknown) => {
        lost ??= error;
      });
    }, this.options.sessionTimeoutMs / 8);
    try {
      for (let tries = 0; ; tries++) {
        try {
          return await this.take(batch.topic, batch.partition, messages);
        } catch (error) {
          this.metrics.retried();
          const waitMs = waitAfter(tries);
          const { offset } = messages[0]!;
          const why = error instanceof Error ? error.message : String(error);
          this.options.say(
            `${batch.topic}/${batch.partition} from ${offset}: not taken, tried again in ${Math.ceil(waitMs / 1_000)} s: ${why}`,
          );
          await pause(waitMs, undefined, { signal: stop }).catch(() => undefined);
          if (stop.aborted) throw new Stopped();
          if (lost !== null) throw lost;
        }
      }
    } finally {
      clearInterval(beating);
    }
  }

  private async take(
    topic: string,
    partition: number,
    messages: readonly KafkaMessage[],
  ): Promise<Omit<StreamCounts, 'retries'>> {
    const counts = { accepted: 0, unchanged: 0, ignored: 0, deadLettered: 0 };
    const letters: DeadLetter[] = [];
    const rows = messages.map((message) =>
      rowOf(
        {
          topic,
          partition,
          offset: message.offset,
          timestamp: Number(message.timestamp),
          value: message.value,
          kind: message.headers?.['vitrine-kind']?.toString(),
        },
        this.options.topics.get(topic),
        Date.now(),
      ),
    );
    for (const [index, row] of rows.entries())
      if ('errors' in row) letters.push({ topic, partition, message: messages[index]!, errors: row.errors });
    // Items first: a review may stand beside its item.
    for (const kind of ROW_KINDS) {
      const lines = linesOf(rows, kind);
      if (lines.length === 0) continue;
      const taken = await this.target.take(kind, lines, false);
      counts.accepted += taken.accepted;
      counts.unchanged += taken.unchanged;
      counts.ignored += taken.ignored;
      for (const { line, errors } of taken.rejected)
        letters.push({ topic, partition, message: messages[line - 1]!, errors });
    }
    if (letters.length > 0) await sendDeadLetters(this.producer, this.options.deadLetterOf(topic), letters);
    return { ...counts, deadLettered: letters.length };
  }

  private async prepareTopics(): Promise<void> {
    const known = new Set(await this.admin.listTopics());
    const missing = [...this.options.topics.keys()].filter((topic) => !known.has(topic));
    if (missing.length > 0)
      throw new Problem({
        code: 'VIT_STREAM_TOPIC',
        status: 404,
        fault: 'shop',
        title: 'Unknown topic',
        detail: `The brokers have no topic "${missing.join('", "')}"; make it first, or name another.`,
      });
    const wanted = [...new Set([...this.options.topics.keys()].map((topic) => this.options.deadLetterOf(topic)))];
    const making = wanted.filter((topic) => !known.has(topic));
    // The brokers' own defaults for partitions and replicas. One that another consumer made meanwhile is no error.
    if (making.length > 0)
      await this.admin.createTopics({
        topics: making.map((topic) => ({ topic, numPartitions: -1, replicationFactor: -1 })),
      });
  }

  /** What the whole group has still to take, asked of the brokers, so that it grows too while nothing can be taken. */
  private async watchLag(): Promise<void> {
    const { topics, group, from } = this.options;
    try {
      for (const topic of topics.keys()) {
        const ends = await this.admin.fetchTopicOffsets(topic);
        const [own] = await this.admin.fetchOffsets({ groupId: group, topics: [topic] });
        const committed = new Map(own?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
        for (const { partition, high, low } of ends) {
          const at = committed.get(partition) ?? -1;
          const start = at >= 0 ? at : Number(from === 'beginning' ? low : high);
          this.metrics.lags(topic, partition, Math.max(0, Number(high) - start));
        }
      }
    } catch {
      // Brokers away: the time of the last check says so.
    }
  }
}

/** Doubling from a quarter of a second, with chance in it so that consumers don't come back all at once. */
const waitAfter = (tries: number): number =>
  Math.min(LONGEST_WAIT_MS, 250 * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() / 2);

const chunksOf = function* (messages: readonly KafkaMessage[]): Generator<KafkaMessage[]> {
  let chunk: KafkaMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    chunk.push(message);
    bytes += message.value?.length ?? 0;
    if (chunk.length < MOST_ROWS && bytes < MOST_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
};
