import type { Command } from 'commander';
import { pino } from 'pino';
import { type Database, Problem, type Settings, SystemClock } from '../platform/platform.api.js';
import { fusedVectors } from './fused-vectors.js';
import { IndexEngine } from './index-engine.js';
import { loadKernel } from './kernel/dot-kernel.js';
import type { Recall } from './recall.js';
import { VectorTable } from './vector-table.js';

/** What these commands need of the command line. */
export interface IndexCommandContext {
  /** The Vitrine that owns the data folder, when one runs: it is then asked over its API. */
  running(): { url: string | null; token: string } | null;
  withDatabase<T>(work: (database: Database, settings: Settings) => Promise<T>): Promise<T>;
  print(text: string): void;
  printJson(value: unknown): void;
  say(text: string): void;
}

const recallText = (recall: Recall | null): string =>
  recall
    ? `recall@${recall.at} ${recall.value.toFixed(4)} (${recall.low.toFixed(4)}–${recall.high.toFixed(4)}, ${recall.queries} queries)`
    : 'recall not measured';

const ask = async (
  { url, token }: { url: string | null; token: string },
  method: 'GET' | 'POST',
  path: string,
): Promise<Record<string, unknown>> => {
  if (url === null)
    throw new Problem({
      code: 'VIT_STARTING',
      status: 503,
      title: 'Starting',
      detail: 'The Vitrine that owns this data folder is still starting; try again in a moment.',
    });
  const response = await fetch(`${url}/v1/admin/indexes${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok)
    throw new Problem({
      code: String(answer.code),
      status: response.status,
      title: String(answer.title),
      detail: String(answer.detail),
    });
  return answer;
};

/** Opens the index of the live fusion model as a process would, does the work, and closes it (which writes its snapshot). */
const withEngine = async <T>(
  context: IndexCommandContext,
  work: (engine: IndexEngine) => Promise<T>,
  mayBeEmpty = false,
): Promise<T> =>
  context.withDatabase(async (database, settings) => {
    const live = await database.query
      .selectFrom('models')
      .select('version')
      .where('kind', '=', 'fusion')
      .where('state', '=', 'live')
      .executeTakeFirst();
    const kernel = await loadKernel((reason) => context.say(`the SIMD kernel does not load: ${reason}`));
    let table: VectorTable | null = null;
    if (live)
      for await (const batch of fusedVectors(database, live.version)) {
        table ??= new VectorTable(batch[0]!.vector.length, 'float32', kernel);
        for (const { key, vector } of batch) table.put(key, [{ ordinal: 0, vector }]);
      }
    const engine = new IndexEngine(settings, database, pino({ level: 'silent' }), new SystemClock());
    if (live && table) await engine.open(live, table);
    else if (!mayBeEmpty)
      throw new Problem({
        code: 'VIT_INDEX_EMPTY',
        status: 409,
        fault: 'shop',
        title: 'Nothing to index',
        detail: 'No item has a fused vector yet: import items and let them be embedded first.',
      });
    try {
      return await work(engine);
    } finally {
      await engine.onApplicationShutdown();
    }
  });

/** `vitrine index status | build | verify`. */
export const registerIndexCommands = (program: Command, context: IndexCommandContext): void => {
  const index = program.command('index').description('the vector index: its state, a new build, its recall');
  const json = ['--json', 'one JSON document'] as const;
  index
    .command('status')
    .description('what serves, over how many items')
    .option(...json)
    .action(async (options: { json?: boolean }) => {
      const running = context.running();
      const status: Record<string, unknown> = running
        ? await ask(running, 'GET', '')
        : await withEngine(context, async (engine) => ({ ...engine.status() }), true);
      if (options.json) return context.printJson(status);
      for (const name of [
        'configured',
        'serving',
        'fusion',
        'dimension',
        'items',
        'pending',
        'waste',
        'warmStart',
        'refusedSnapshot',
        'degraded',
      ])
        context.print(`${name.padEnd(16)} ${status[name] ?? '–'}`);
      context.print(`${'recall'.padEnd(16)} ${recallText((status.recall as Recall | null) ?? null)}`);
    });
  index
    .command('build')
    .description('build the index anew, measure its recall, and let it take over')
    .option(...json)
    .action(async (options: { json?: boolean }) => {
      context.say('building …');
      const running = context.running();
      const built = running
        ? await ask(running, 'POST', '/build')
        : await withEngine(context, async (engine) => {
            const tookOver = await engine.build();
            return { tookOver, recall: engine.status().recall, serving: engine.status().serving };
          });
      if (options.json) context.printJson(built);
      else
        context.print(
          built.tookOver
            ? `built: ${recallText(built.recall as Recall | null)}`
            : 'nothing was built: this index has no graph of its own, or its recall was too low',
        );
    });
  index
    .command('verify')
    .description('measure recall@10 against the exact answer; ends with 1 below .95')
    .option(...json)
    .action(async (options: { json?: boolean }) => {
      const running = context.running();
      const { recall } = (
        running
          ? await ask(running, 'POST', '/verify')
          : await withEngine(context, async (engine) => {
              while (engine.status().pending > 0) await new Promise((wake) => setTimeout(wake, 100));
              return { recall: await engine.verify() };
            })
      ) as { recall: Recall | null };
      if (options.json) context.printJson({ recall });
      else context.print(recallText(recall));
      if (recall && recall.value < 0.95) process.exitCode = 1;
    });
};
