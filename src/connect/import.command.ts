import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import {
  type Catalog,
  CatalogService,
  createCatalog,
  EmbeddingLedger,
  ImportLedger,
  ReviewsService,
  SafeDownloader,
} from '../catalog/catalog.api.js';
import { EventsService } from '../interactions/interactions.api.js';
import { PgBossJobQueue } from '../platform/jobs/pg-boss-job-queue.js';
import { FolderLock } from '../platform/lifecycle/folder-lock.js';
import { createLogger } from '../platform/logging/logger.js';
import { DatabaseOutbox } from '../platform/outbox/database-outbox.js';
import {
  type FolderOwner,
  migrate,
  openDatabase,
  Problem,
  type Settings,
  SystemClock,
} from '../platform/platform.api.js';
import { ConsentService } from '../privacy/privacy.api.js';
import { withoutPassword } from './asked-address.js';
import type { RowKind } from './feed-reader.port.js';
import { feedReaders } from './feed-readers.js';
import { type ImportReport, importFiles, type RefusedRow } from './import-files.js';
import { ImportRecord } from './import-record.js';
import { HttpTarget, type ImportTarget, LocalTarget } from './import-target.js';
import type { OpenSource } from './open-source.js';

/** What a command needs of the `vitrine` program. */
export interface CommandSurroundings {
  settings(flags?: Record<string, string | undefined>): Settings;
  running(): FolderOwner | null;
  print(text: string): void;
  printJson(value: unknown): void;
  say(text: string): void;
}

/** A whole Vitrine in this process, for `--wait`. */
export interface StartedApp {
  app: { get<T>(type: new (...parts: never[]) => T): T };
  close(): Promise<void>;
}

interface Flags {
  images?: string;
  type?: string;
  currency: string;
  map?: string[];
  mapping?: string;
  rejected?: string;
  dryRun?: boolean;
  wait?: boolean;
  json?: boolean;
}

const KINDS = ['items', 'reviews', 'events'] as const;
const POLL_MS = 500;
const PLAIN_EVERY_MS = 5_000;

/** `vitrine import`: a shop's own catalogue, reviews and events. @param start starts API and workers in this process */
export const registerImport =
  (start: (settings: Settings) => Promise<StartedApp>) =>
  (program: Command, context: CommandSurroundings): void => {
    program
      .command('import')
      .description(
        'take in items, reviews and events (NDJSON, Shopify, WooCommerce and Google feeds, JSON-LD, CSV; gzip too; - is standard input)',
      )
      .argument('<file...>', 'files, folders of feeds, http(s) addresses, or - for standard input')
      .option('--images <dir>', 'folder below which pictures named as files lie')
      .option('--type <items|reviews|events>', 'what the rows are, when their shape does not say')
      .option('--currency <code>', 'currency of prices that carry none', 'USD')
      .option('--map <field=column...>', 'columns of a CSV that are named otherwise: --map title=Name price=Cost')
      .option('--mapping <file>', 'the same as JSON: { "title": "Name", … }')
      .option('--rejected <file>', 'write refused rows there, one JSON object a line, with their errors')
      .option('--dry-run', 'say what would change, change nothing')
      .option('--wait', 'return when everything is embedded too')
      .option('--json', 'print one JSON document alone')
      .action(async (files: string[], flags: Flags) => {
        if (flags.type !== undefined && !(KINDS as readonly string[]).includes(flags.type)) {
          throw new Problem({
            code: 'VIT_USAGE',
            status: 400,
            fault: 'shop',
            title: 'Wrong usage',
            detail: `--type ${flags.type}: one of ${KINDS.join(', ')} is wanted.`,
          });
        }
        const refused = flags.rejected ? new RejectedFile(flags.rejected) : null;
        const report = await withTarget(context, flags, start, (target) =>
          run(files, target, flags, context, refused),
        ).finally(() => refused?.close());
        if (flags.json) context.printJson(shown(report));
        else summary(report, context);
        const good = report.accepted + report.unchanged + report.ignored;
        if (report.rejectedCount > 0 && good === 0) process.exitCode = 1;
      });
  };

const mappingOf = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new Problem({
        code: 'VIT_USAGE',
        status: 400,
        fault: 'shop',
        title: 'Wrong usage',
        detail: `--map ${pair}: FIELD=COLUMN is wanted.`,
      });
    }),
  );

/** @throws Problem `VIT_USAGE` unless it is a JSON object of texts */
const mappingFile = async (file: string | undefined): Promise<Record<string, string>> => {
  if (file === undefined) return {};
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (value && typeof value === 'object' && Object.values(value).every((column) => typeof column === 'string'))
      return value as Record<string, string>;
    throw new Error('an object { "field": "column" } is wanted');
  } catch (error) {
    throw new Problem({
      code: 'VIT_USAGE',
      status: 400,
      fault: 'shop',
      title: 'Wrong usage',
      detail: `--mapping ${file}: ${(error as Error).message}.`,
      cause: error,
    });
  }
};

/** As the contract has it; counts that say nothing more than what stands there already are left out. */
const shown = ({ ignored, rejectedCount, ...report }: ImportReport) => ({
  ...report,
  ...(ignored > 0 ? { ignored } : {}),
  ...(rejectedCount > report.rejected.length ? { rejectedCount } : {}),
});

const run = async (
  files: readonly string[],
  target: ImportTarget,
  flags: Flags,
  context: CommandSurroundings,
  refused: RejectedFile | null,
): Promise<ImportReport> => {
  const progress = new Progress(context);
  const mapping = { ...(await mappingFile(flags.mapping)), ...mappingOf(flags.map ?? []) };
  const record = new ImportRecord(
    target,
    files.map((file) => withoutPassword(file).url),
    flags.dryRun ?? false,
  );
  const downloader = new SafeDownloader(context.settings());
  const { report, itemIds } = await record
    .of(
      importFiles(files, target, {
        type: flags.type as RowKind | undefined,
        dryRun: flags.dryRun,
        readers: feedReaders({ currency: flags.currency.toUpperCase(), mapping }),
        openAddress: (address) => {
          const { url, headers } = withoutPassword(address);
          return downloader.open(url, { headers });
        },
        onRejected: (rows) => refused?.add(rows),
        onProgress: async (source, rows, soFar) => {
          progress.tell(source, rows);
          await record.tell(soFar);
        },
      }),
    )
    .finally(() => downloader.onApplicationShutdown());
  progress.end();
  if (!flags.wait || flags.dryRun) return report;
  for (let last = 0; ; await pause(POLL_MS)) {
    const due = await target.due();
    if (due === 0) break;
    if (Date.now() - last > PLAIN_EVERY_MS) {
      context.say(`${due} items wait to be embedded`);
      last = Date.now();
    }
  }
  return { ...report, images: await target.pictures(itemIds) };
};

const withTarget = async (
  context: CommandSurroundings,
  flags: Flags,
  start: (settings: Settings) => Promise<StartedApp>,
  work: (target: ImportTarget) => Promise<ImportReport>,
): Promise<ImportReport> => {
  const owner = context.running();
  if (owner) {
    if (owner.url === null)
      throw new Problem({
        code: 'VIT_STARTING',
        status: 503,
        fault: 'shop',
        title: 'Starting',
        detail: 'The Vitrine that owns this data folder is still starting; try again in a moment.',
      });
    return work(new HttpTarget({ ...owner, url: owner.url }, flags.images));
  }
  if (flags.wait && !flags.dryRun) {
    const started = await start(context.settings({ VITRINE_DEMO: 'off', PORT: '0', HOST: '127.0.0.1' }));
    try {
      const catalog: Catalog = {
        items: started.app.get(CatalogService),
        reviews: started.app.get(ReviewsService),
        ledger: started.app.get(EmbeddingLedger),
        imports: started.app.get(ImportLedger),
      };
      return await work(new LocalTarget(catalog, started.app.get(EventsService), flags.images));
    } finally {
      await started.close();
    }
  }
  return withoutApp(context.settings(), (parts) => work(new LocalTarget(parts.catalog, parts.events, flags.images)));
};

/** Catalogue and events on the database alone: no encoder, no HTTP. What is to be embedded waits for the next start. */
export const withoutApp = async <T>(
  settings: Settings,
  work: (parts: { catalog: Catalog; events: EventsService }) => Promise<T>,
): Promise<T> => {
  const embedded = settings.databaseUrl === undefined;
  if (embedded) await mkdir(settings.dataDir, { recursive: true });
  const lock = embedded ? FolderLock.take(settings.dataDir) : null;
  const ends: (() => Promise<unknown>)[] = [async () => lock?.release()];
  try {
    const logger = createLogger(settings.logLevel);
    const database = await openDatabase(settings);
    ends.unshift(() => database.close());
    await migrate(database);
    const outbox = new DatabaseOutbox(database, logger);
    const jobs = new PgBossJobQueue(database, logger);
    ends.unshift(() => jobs.stop(5_000));
    const clock = new SystemClock();
    const consent = new ConsentService(database, outbox, clock, settings);
    return await work({
      catalog: createCatalog({ settings, database, outbox, jobs, clock }),
      events: new EventsService(outbox, consent, clock, database),
    });
  } finally {
    for (const end of ends) await end();
  }
};

/** Refused rows, written as they come: one JSON object a line. An empty file says that there were none. */
class RejectedFile {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'w');
  }

  add(rows: readonly RefusedRow[]): void {
    writeSync(this.file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  close(): void {
    closeSync(this.file);
  }
}

/** A bar on a terminal, a plain line every few seconds elsewhere; on standard error, so that an answer stays alone. */
class Progress {
  private bar: SingleBar | null = null;
  private source: OpenSource | null = null;
  private lastLine = Date.now();

  constructor(private readonly context: CommandSurroundings) {}

  tell(source: OpenSource, rows: number): void {
    if (!process.stderr.isTTY || source.size === null) {
      this.plain(rows);
      return;
    }
    if (source !== this.source) {
      this.end();
      this.source = source;
      this.bar = new SingleBar({
        format: `${source.name} {bar} {percentage}% {rows} rows`,
        stream: process.stderr,
        clearOnComplete: true,
      });
      this.bar.start(source.size, 0, { rows });
    }
    this.bar?.update(source.position(), { rows });
  }

  end(): void {
    this.bar?.stop();
    this.bar = null;
  }

  private plain(rows: number): void {
    if (Date.now() - this.lastLine < PLAIN_EVERY_MS) return;
    this.lastLine = Date.now();
    this.context.say(`${rows} rows read`);
  }
}

const SHOWN = 20;

const summary = (report: ImportReport, context: CommandSurroundings): void => {
  const { read, accepted, unchanged, ignored, rejected, items, variants, reviews, events, images, rejectedCount } =
    report;
  context.print(
    `${read} rows read (${report.format}): ${accepted} accepted, ${unchanged} unchanged, ${ignored} ignored, ${rejectedCount} rejected`,
  );
  context.print(
    `${items} products in ${variants} variants, ${reviews} reviews, ${events} events; pictures: ${images.ok} ok, ${images.pending} pending, ${images.failed} failed`,
  );
  for (const { file, line, id, errors } of rejected.slice(0, SHOWN)) {
    const what = errors.map(({ path, message }) => `${path ? `${path}: ` : ''}${message}`).join('; ');
    context.say(`  ${file ? `${file} ` : ''}line ${line}${id === undefined ? '' : ` (${id})`}: ${what}`);
  }
  if (rejectedCount > SHOWN) context.say(`  … and ${rejectedCount - SHOWN} more (--rejected FILE names them all)`);
  if (report.brokenOff) context.say(`  the rest could not be read: ${report.brokenOff}`);
};
