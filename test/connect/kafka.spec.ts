import { setTimeout as pause } from 'node:timers/promises';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/maths/random.js';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import {
  caughtUp,
  committedOf,
  lagOf,
  type StreamProcess,
  startBroker,
  startStream,
  type TestBroker,
} from '../support/kafka.js';

// Kafka is 43 MB of Java: `npm run test:connect` fetches it, `npm test` leaves it out.
const wanted = process.env.VITRINE_TEST_SUITE === 'connect';
const database = testDatabases().find(({ kind }) => kind === 'server');

describe.skipIf(!wanted || !database)('a stream from Kafka into PostgreSQL', () => {
  let broker: TestBroker;
  let installation: TestInstallation;
  let admin: Admin;
  let producer: Producer;
  let client: pg.Client;
  const table: Record<string, string | number>[] = [];

  beforeAll(async () => {
    broker = await startBroker();
    installation = await database!.install();
    const kafka = new Kafka({
      brokers: [broker.brokers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 30, initialRetryTime: 200, maxRetryTime: 1_000 },
    });
    admin = kafka.admin();
    // Idempotent: what it sends again after a refusal must not stand in the topic twice.
    producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 });
    await admin.connect();
    await producer.connect();
    client = new pg.Client({ connectionString: installation.env.DATABASE_URL });
    await client.connect();
  });

  // What a failed test left behind.
  const running: StreamProcess[] = [];
  const flows: { stop(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const flow of flows.splice(0)) await flow.stop();
    for (const process of running.splice(0)) await process.end('SIGKILL');
  });

  afterAll(async () => {
    console.table(table);
    await producer?.disconnect();
    await admin?.disconnect();
    await client?.end();
    await installation?.remove();
    await broker?.stop();
  });

  const start = (topic: string, more: string[] = []): StreamProcess => {
    const process = startStream(
      ['--brokers', broker.brokers, '--topic', topic, '--group', `of-${topic}`, '--session-timeout', '2', ...more],
      { ...installation.env, VITRINE_CONSENT: 'implied', LOG_LEVEL: 'warn' },
    );
    running.push(process);
    return process;
  };
  const count = async (topic: string): Promise<number> =>
    Number(
      (await client.query('select count(*) from events where session_id like $1', [`${topic}-%`]).catch(() => null))
        ?.rows[0].count ?? 0,
    );
  const grown = async (topic: string, above: number): Promise<void> => {
    for (const until = Date.now() + 30_000; (await count(topic)) <= above && Date.now() < until; ) await pause(2);
  };

  /** Produces until told to stop: events without ids, one in fifty of them wrong; knows what the broker acknowledged. */
  const flow = (topic: string, aSecond: number) => {
    const random = seededRandom(9);
    let flowing = true;
    const good: string[] = [];
    let bad = 0;
    const run = (async () => {
      for (let n = 0; flowing; ) {
        const before = Date.now();
        const messages = Array.from({ length: aSecond / 5 }, () => {
          const session = `${topic}-${n++}`;
          const wrong = n % 50 === 0;
          const event = { type: 'view', visitorId: wrong ? undefined : `v${random.below(400)}`, sessionId: session };
          const value =
            n % 100 === 0 ? '{"type":"view",' : JSON.stringify({ ...event, itemId: `p${random.below(60)}` });
          return { session, wrong, key: `k${random.below(50)}`, value };
        });
        await producer.send({ topic, acks: -1, messages: messages.map(({ key, value }) => ({ key, value })) });
        for (const { session, wrong } of messages) wrong ? bad++ : good.push(session);
        await pause(Math.max(0, 200 - (Date.now() - before)));
      }
    })();
    const self = {
      stop: async () => {
        flowing = false;
        await run;
        return { good, bad };
      },
    };
    flows.push(self);
    return self;
  };

  /** The messages of a dead-letter topic, by where they stood. */
  const deadLetters = async (topic: string) => {
    const reader = new Kafka({ brokers: [broker.brokers], logLevel: logLevel.NOTHING }).consumer({
      groupId: `reader-of-${topic}-${Date.now()}`,
    });
    const found: { place: string; errors: { path: string; message: string }[]; value: string }[] = [];
    const ends = await admin.fetchTopicOffsets(`${topic}.dead-letter`);
    const expected = ends.reduce((sum, { high }) => sum + Number(high), 0);
    await reader.connect();
    await reader.subscribe({ topics: [`${topic}.dead-letter`], fromBeginning: true });
    await reader.run({
      eachMessage: async ({ message: { headers = {}, value } }) => {
        const text = (name: string) => headers[`vitrine-${name}`]!.toString();
        found.push({
          place: `${text('topic')}/${text('partition')}/${text('offset')}`,
          errors: JSON.parse(text('errors')),
          value: value!.toString(),
        });
      },
    });
    for (const until = Date.now() + 30_000; found.length < expected && Date.now() < until; ) await pause(50);
    await reader.disconnect();
    return found;
  };

  const judge = async (
    what: string,
    topic: string,
    produced: { good: string[]; bad: number },
    faults: number,
    more = {},
  ) => {
    const { rows } = await client.query<{ session_id: string; times: string }>(
      'select session_id, count(*) as times from events where session_id like $1 group by session_id',
      [`${topic}-%`],
    );
    const times = new Map(rows.map((row) => [row.session_id, Number(row.times)]));
    const held = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
    expect(held, 'messages that the topic holds').toBe(produced.good.length + produced.bad);
    const letters = await deadLetters(topic);
    const row = {
      what,
      faults,
      acknowledged: produced.good.length + produced.bad,
      stored: times.size,
      lost: produced.good.filter((session) => !times.has(session)).length,
      doubled: [...times.values()].filter((each) => each > 1).length,
      'dead-lettered': new Set(letters.map(({ place }) => place)).size,
      'of these twice': letters.length - new Set(letters.map(({ place }) => place)).size,
      ...more,
    };
    table.push(row);
    expect(row).toMatchObject({ lost: 0, doubled: 0, stored: produced.good.length, 'dead-lettered': produced.bad });
    return letters;
  };
  const topicOf = async (name: string): Promise<string> => {
    await admin.createTopics({ topics: [{ topic: name, numPartitions: 3 }], waitForLeaders: true });
    return name;
  };

  it('loses and doubles nothing over twenty kills of the consumer', { timeout: 600_000 }, async () => {
    const topic = await topicOf('kills');
    const random = seededRandom(20);
    const events = flow(topic, 200);
    let again = 0;
    for (let kill = 0; kill < 20; kill++) {
      const before = await count(topic);
      const process = start(topic);
      await grown(topic, before);
      // Every other one dies right after the database has rows whose offset it may not have committed yet.
      if (kill % 2) await pause(random.below(1_200));
      await process.end('SIGKILL');
      // Dead letters were committed and are no rows, so this is a lower bound.
      const committed = await committedOf(admin, `of-${topic}`, topic);
      again += Math.max(0, (await count(topic)) - committed);
    }
    const produced = await events.stop();
    const last = start(topic, ['--json']);
    await last.says(/partitions: kills/);
    await caughtUp(admin, `of-${topic}`, topic);
    expect(await last.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(JSON.parse(last.stdout())).toMatchObject({ retries: 0 });
    const letters = await judge('consumer killed', topic, produced, 20, { 'delivered again': `≥ ${again}` });
    expect(again).toBeGreaterThan(0);
    const paths = new Set(letters.flatMap(({ errors }) => errors.map(({ path, message }) => path || message)));
    expect([...paths].sort()).toEqual(['is not JSON: it ends too early, at position 15', 'userId', 'visitorId']);
  });

  it('loses and doubles nothing while partitions move between two consumers', { timeout: 240_000 }, async () => {
    const topic = await topicOf('moves');
    const events = flow(topic, 200);
    let one = start(topic);
    await one.says(/partitions: moves 0,1,2/);
    for (let move = 0; move < 4; move++) {
      const other = start(topic);
      await other.says(/partitions: moves \d/);
      await pause(800);
      await one.end('SIGTERM');
      await pause(800);
      expect(one.stdout()).toMatch(/[1-9]\d* accepted/);
      one = other;
    }
    const produced = await events.stop();
    await caughtUp(admin, `of-${topic}`, topic);
    await one.end('SIGTERM');
    await judge('partitions moved to a second consumer and back', topic, produced, 8);
  });

  it('goes on by itself after the broker was killed and came back', { timeout: 240_000 }, async () => {
    const topic = await topicOf('broker');
    const consumer = start(topic, ['--metrics-port', '0']);
    const [, metrics] = await consumer.says(/metrics (http:\S+)/);
    await consumer.says(/vitrine stream ready/);
    const events = flow(topic, 200);
    await grown(topic, 0);
    for (let kill = 0; kill < 2; kill++) {
      await broker.kill();
      await pause(3_000);
      await broker.revive();
      await grown(topic, await count(topic));
    }
    const produced = await events.stop();
    await caughtUp(admin, `of-${topic}`, topic);
    // Asked of the brokers every five seconds.
    let text = '';
    for (const until = Date.now() + 60_000; Date.now() < until; await pause(500)) {
      text = await (await fetch(metrics!)).text();
      if (/vitrine_stream_lag_messages\{topic="broker",partition="2"\} 0/.test(text)) break;
    }
    expect(text).toMatch(/vitrine_stream_lag_messages\{topic="broker",partition="2"\} 0/);
    expect(text).toMatch(/vitrine_stream_messages_total\{topic="broker",outcome="accepted"\} [1-9]/);
    expect(text).toMatch(/vitrine_stream_messages_total\{topic="broker",outcome="dead_lettered"\} [1-9]/);
    expect(await consumer.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await judge('broker killed and revived', topic, produced, 2);
  });

  it('waits for a database that fails, and puts nothing aside for it', { timeout: 240_000 }, async () => {
    const topic = await topicOf('waits');
    const consumer = start(topic, ['--json']);
    const events = flow(topic, 100);
    await grown(topic, 0);
    await client.query('alter table events rename to events_away');
    await consumer.says(/not taken, tried again/);
    const stuck = await lagOf(admin, `of-${topic}`, topic);
    await pause(1_500);
    expect(await lagOf(admin, `of-${topic}`, topic)).toBeGreaterThan(stuck);
    await client.query('alter table events_away rename to events');
    const produced = await events.stop();
    await caughtUp(admin, `of-${topic}`, topic);
    await consumer.end('SIGTERM');
    expect(JSON.parse(consumer.stdout()).retries).toBeGreaterThan(0);
    await judge('database refused everything for a while', topic, produced, 1);
  });

  it('takes items, their reviews and events, and what each of several topics is said to hold', {
    timeout: 180_000,
  }, async () => {
    const topic = await topicOf('mixed');
    const reviews = await topicOf('only-reviews');
    const item = { id: 'mixed-1', title: 'Chair' };
    const send = (to: string, values: object[], headers = {}) =>
      producer.send({
        topic: to,
        acks: -1,
        messages: values.map((value) => ({ key: 'one', value: JSON.stringify(value), headers })),
      });
    await send(topic, [
      { id: 'r1', itemId: 'mixed-1', text: 'Sits well.', rating: 5 },
      item,
      { id: 'e1', type: 'view', userId: 'u1', itemId: 'mixed-1' },
      { id: 'e1', type: 'view', userId: 'u1', itemId: 'mixed-1' },
    ]);
    await send(topic, [{ id: 'mixed-2', title: 'Lamp', itemId: 'mixed-1', text: 'a header wins' }], {
      'vitrine-kind': 'reviews',
    });
    const consumer = start(topic, ['--topic', 'only-reviews=reviews', '--dead-letter', 'refused', '--json']);
    await caughtUp(admin, `of-${topic}`, topic);
    await send(reviews, [{ id: 'r2', itemId: 'mixed-1', text: 'Wobbles.' }, item]);
    await caughtUp(admin, `of-${topic}`, reviews);
    await consumer.end('SIGTERM');
    expect(JSON.parse(consumer.stdout())).toEqual({
      accepted: 5,
      unchanged: 1,
      ignored: 0,
      deadLettered: 1,
      retries: 0,
    });
    const stored = await client.query("select id from reviews where id in ('r1', 'r2', 'mixed-2') order by id");
    expect(stored.rows).toEqual([{ id: 'mixed-2' }, { id: 'r1' }, { id: 'r2' }]);
    expect(await admin.listTopics()).toContain('refused');
  });

  it('says which topic is missing, which broker is away, and which flag is wrong', { timeout: 180_000 }, async () => {
    const missing = start('nowhere');
    expect(await missing.end()).toEqual({ code: 1, signal: null });
    expect(missing.stderr()).toMatch(/no topic "nowhere"/);
    const wrong = start('kills=orders');
    expect(await wrong.end()).toEqual({ code: 2, signal: null });
    expect(wrong.stderr()).toMatch(/one of items, reviews, events is wanted/);
    const away = startStream(['--brokers', '127.0.0.1:1', '--topic', 'kills'], installation.env);
    expect(await away.end()).toEqual({ code: 1, signal: null });
    expect(away.stderr()).toMatch(/Kafka at 127\.0\.0\.1:1/);
  });
});
