import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Kafka, SASLOptions } from 'kafkajs';
import { Problem } from '../../platform/platform.api.js';
import type { RowKind } from '../feed-reader.port.js';
import { type CommandSurroundings, withoutApp } from '../import.command.js';
import { HttpTarget, type ImportTarget, LocalTarget } from '../import-target.js';
import { KafkaStream } from './kafka-stream.js';
import { StreamMetrics } from './stream-metrics.js';
import { isRowKind, ROW_KINDS } from './stream-row.js';

interface Flags {
  brokers: string;
  topic: string[];
  group: string;
  type?: string;
  deadLetter?: string;
  from: string;
  images?: string;
  sessionTimeout: string;
  metricsPort?: string;
  metricsHost: string;
  tls?: boolean;
  sasl?: string;
  username?: string;
  passwordFile?: string;
  url?: string;
  key?: string;
  json?: boolean;
}

/** The whole stop: what is being written is ended, the group is left. */
const STOP_MS = 9_500;
const PLAIN_EVERY_MS = 30_000;

/** `vitrine stream kafka`: items, reviews and events from a stream, for as long as the process lives. */
export const registerStream = (program: Command, context: CommandSurroundings): void => {
  program
    .command('stream')
    .description('take in items, reviews and events from a stream, until stopped')
    .command('kafka')
    .description('from Apache Kafka: JSON values, consumer groups, at least once, refused rows to a dead-letter topic')
    .requiredOption('--brokers <host:port,…>', 'brokers to begin with')
    .requiredOption('--topic <name...>', 'topics; NAME=items, =reviews or =events says what their rows are')
    .option('--group <id>', 'consumer group', 'vitrine')
    .option('--type <items|reviews|events>', 'what rows are when neither topic nor message (header vitrine-kind) says')
    .option('--dead-letter <topic>', 'where refused rows go, made when missing (default: TOPIC.dead-letter)')
    .option('--from <beginning|end>', 'where a new group begins', 'beginning')
    .option('--images <dir>', 'folder below which pictures named as files lie')
    .option('--session-timeout <seconds>', 'silence after which others get the partitions', '30')
    .option('--metrics-port <number>', 'serve lag and counts for Prometheus at /metrics there (0: any free port)')
    .option('--metrics-host <address>', 'address of --metrics-port', '127.0.0.1')
    .option('--tls', 'speak TLS with the brokers')
    .option('--sasl <plain|scram-sha-256|scram-sha-512>', 'sign in to the brokers')
    .option('--username <name>', 'for --sasl')
    .option('--password-file <file>', 'for --sasl: a file that holds the password')
    .option('--url <address>', 'into a Vitrine elsewhere, instead of the database of these settings')
    .option('--key <key>', 'its server key')
    .option('--json', 'when stopped, print one JSON document alone')
    .action((flags: Flags) => run(flags, context));
};

const usage = (detail: string): Problem =>
  new Problem({ code: 'VIT_USAGE', status: 400, fault: 'shop', title: 'Wrong usage', detail });

const kindIn = (text: string | undefined, where: string): RowKind | undefined => {
  if (text === undefined || isRowKind(text)) return text;
  throw usage(`${where}: one of ${ROW_KINDS.join(', ')} is wanted.`);
};

const topicsOf = ({ topic, type }: Flags): Map<string, RowKind | undefined> => {
  const usual = kindIn(type, `--type ${type}`);
  const names = topic.flatMap((text) => text.split(',')).filter((text) => text !== '');
  return new Map(
    names.map((text) => {
      const [name = '', kind] = text.split('=', 2);
      if (!/^[\w.-]{1,249}$/.test(name))
        throw usage(`--topic ${text}: a topic's name has letters, digits, ".", "_" and "-".`);
      return [name, kindIn(kind, `--topic ${text}`) ?? usual];
    }),
  );
};

const numberIn = (text: string, flag: string, low: number, high: number): number => {
  const value = Number(text);
  if (text.trim() !== '' && value >= low && value <= high) return value;
  throw usage(`${flag} ${text}: a number from ${low} to ${high} is wanted.`);
};

const saslOf = async ({ sasl, username, passwordFile }: Flags): Promise<SASLOptions | undefined> => {
  if (sasl === undefined) return undefined;
  if (username === undefined || passwordFile === undefined) throw usage('--sasl needs --username and --password-file.');
  const password = (await readFile(passwordFile, 'utf8')).trim();
  if (sasl === 'plain' || sasl === 'scram-sha-256' || sasl === 'scram-sha-512')
    return { mechanism: sasl, username, password } as SASLOptions;
  throw usage(`--sasl ${sasl}: one of plain, scram-sha-256, scram-sha-512 is wanted.`);
};

const run = async (flags: Flags, context: CommandSurroundings): Promise<void> => {
  const topics = topicsOf(flags);
  if (topics.size === 0) throw usage('--topic: at least one is wanted.');
  if (flags.from !== 'beginning' && flags.from !== 'end')
    throw usage(`--from ${flags.from}: beginning or end is wanted.`);
  const from = flags.from;
  const brokers = flags.brokers.split(',').filter((broker) => broker !== '');
  if (brokers.length === 0) throw usage('--brokers: at least one host:port is wanted.');
  const sessionTimeoutMs = numberIn(flags.sessionTimeout, '--session-timeout', 1, 3_600) * 1_000;
  const metricsPort = flags.metricsPort === undefined ? null : numberIn(flags.metricsPort, '--metrics-port', 0, 65_535);
  if (flags.url !== undefined && !flags.key) throw usage('--url needs --key, the server key of the Vitrine there.');
  const sasl = await saslOf(flags);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stop.abort();
      // Whatever hangs must not keep the process: what was not committed comes again.
      setTimeout(() => process.exit(0), STOP_MS).unref();
    });
  const metrics = new StreamMetrics();
  const served = metricsPort === null ? null : await metrics.serve(metricsPort, flags.metricsHost);
  if (served) context.say(`metrics ${served.url}/metrics`);
  const plain = tellNowAndThen(metrics, context);
  try {
    const kafka = await openKafka(brokers, flags.tls ?? false, sasl, context);
    await withTarget(flags, context, async (target) => {
      let announced = false;
      const stream = new KafkaStream(kafka, target, metrics, {
        topics,
        group: flags.group,
        deadLetterOf: (topic) => flags.deadLetter ?? `${topic}.dead-letter`,
        from,
        sessionTimeoutMs,
        say: context.say,
        onReady: () => {
          if (!announced && !flags.json) context.print('vitrine stream ready');
          announced = true;
        },
      });
      await stream.run(stop.signal);
    });
  } catch (error) {
    if (error instanceof Problem || !(error instanceof Error) || !error.name.startsWith('KafkaJS')) throw error;
    throw new Problem({
      code: 'VIT_STREAM_KAFKA',
      status: 503,
      fault: 'shop',
      title: 'Kafka refused or is away',
      detail: `Kafka at ${brokers.join(', ')}: ${error.message}`,
      cause: error,
    });
  } finally {
    clearInterval(plain);
    served?.close();
  }
  if (flags.json) context.printJson(metrics.counts);
  else context.print(sentence(metrics));
};

const sentence = ({ counts }: StreamMetrics): string =>
  `${counts.accepted} accepted, ${counts.unchanged} unchanged, ${counts.ignored} ignored, ${counts.deadLettered} dead-lettered, ${counts.retries} tried again`;

const tellNowAndThen = (metrics: StreamMetrics, { say }: CommandSurroundings): NodeJS.Timeout => {
  let told = sentence(metrics);
  return setInterval(() => {
    const now = sentence(metrics);
    if (now !== told) say(now);
    told = now;
  }, PLAIN_EVERY_MS).unref();
};

const openKafka = async (
  brokers: string[],
  ssl: boolean,
  sasl: SASLOptions | undefined,
  { say }: CommandSurroundings,
): Promise<Kafka> => {
  const library = await import('kafkajs').catch((error: Error) => {
    throw new Problem({
      code: 'VIT_STREAM_CLIENT',
      status: 503,
      fault: 'shop',
      title: 'No Kafka client',
      detail: `kafkajs can't be loaded (${error.message}); \`npm install kafkajs\` brings it back.`,
    });
  });
  let last = '';
  return new library.Kafka({
    clientId: 'vitrine',
    brokers,
    ssl,
    sasl,
    retry: { initialRetryTime: 250, maxRetryTime: 5_000, retries: 6 },
    logLevel: library.logLevel.ERROR,
    // A broker that is away says the same again and again.
    logCreator:
      () =>
      ({ log }) => {
        if (log.message !== last) say(`kafka: ${log.message}`);
        last = log.message;
      },
  });
};

/** Where rows go: a Vitrine elsewhere, the one that runs on this data folder, or this installation's database. */
const withTarget = async (
  { url, key, images }: Flags,
  context: CommandSurroundings,
  work: (target: Pick<ImportTarget, 'take'>) => Promise<void>,
): Promise<void> => {
  if (url !== undefined && key !== undefined)
    return work(new HttpTarget({ url: url.replace(/\/$/, ''), token: key }, images));
  if (context.running()) return work(ownerOf(context, images));
  return withoutApp(context.settings(), ({ catalog, events }) => work(new LocalTarget(catalog, events, images)));
};

/** The Vitrine that owns the data folder now: after a restart it has another address and token, and meanwhile rows wait. */
const ownerOf = (context: CommandSurroundings, images: string | undefined): Pick<ImportTarget, 'take'> => ({
  async take(kind, rows, dryRun) {
    const owner = context.running();
    if (owner?.url) return new HttpTarget({ url: owner.url, token: owner.token }, images).take(kind, rows, dryRun);
    throw new Problem({
      code: 'VIT_STREAM_WAITS',
      status: 503,
      fault: 'shop',
      title: 'Vitrine is away',
      detail: 'The Vitrine on this data folder has stopped or is still starting; rows wait for it.',
    });
  },
});
