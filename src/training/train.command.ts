import { type Command, Option } from 'commander';
import { Problem } from '../platform/platform.api.js';
import type { TrainingRun } from './training.service.js';
import { TRAINED_KINDS, type TrainedKind } from './training-data.js';

/** What the command needs of the command line: a way to the API of this data folder, and a place to print. */
interface TrainContext {
  withApi<T>(
    work: (api: {
      call<R = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<R>;
    }) => Promise<T>,
  ): Promise<T>;
  print(text: string): void;
  printJson(value: unknown): void;
}

const POLL_MS = 500;

/** Adds `vitrine train`: starts a run, shows its progress, ends with 1 when it failed. */
export function registerTrain(program: Command, context: TrainContext): void {
  program
    .command('train')
    .description('learn fusion, behaviour and blend from the events of a window; promote what is not worse')
    .addOption(new Option('--kind <kind>', 'only this').choices(TRAINED_KINDS))
    .option('--days <number>', 'events of this many days', '180')
    .option('--json', 'one JSON document on stdout')
    .action(async (o: { kind?: TrainedKind; days: string; json?: boolean }) => {
      const windowDays = Number(o.days);
      if (!Number.isInteger(windowDays) || windowDays < 1)
        throw new Problem({
          code: 'VIT_USAGE',
          status: 400,
          title: 'Wrong usage',
          detail: `--days "${o.days}" is not a whole number of days from 1.`,
        });
      const run = await context.withApi(async (api) => {
        let now = await api.call<TrainingRun>('POST', '/v1/admin/training', {
          windowDays,
          ...(o.kind ? { kinds: [o.kind] } : {}),
          reason: 'vitrine train',
        });
        for (let said = ''; now.state === 'queued' || now.state === 'running'; ) {
          await new Promise((wake) => setTimeout(wake, POLL_MS));
          now = await api.call<TrainingRun>('GET', `/v1/admin/training/${now.id}`);
          const line = `${Math.round(now.progress * 100)} % ${now.step ?? ''}`;
          if (line !== said) process.stderr.write(`${line}\n`);
          said = line;
        }
        return now;
      });
      if (o.json) context.printJson(run);
      else {
        context.print(`training ${run.state}${run.reason ? `: ${run.reason}` : ''}`);
        for (const kind of TRAINED_KINDS) {
          const result = run.result?.[kind] as { version?: string; promoted?: boolean; declined?: string } | undefined;
          if (result)
            context.print(
              `${kind}: ${result.declined ?? `${result.version} ${result.promoted ? 'is live' : 'stays out: worse on the held-back part'}`}`,
            );
        }
      }
      if (run.state === 'failed') process.exitCode = 1;
    });
}
