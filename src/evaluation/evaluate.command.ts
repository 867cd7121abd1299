import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type Evaluator, evaluate } from './evaluate.js';
import type { EvaluationKind, EvaluationReport } from './evaluation-report.js';
import { reportPage } from './report-page.js';

/** The report as lines for a terminal. */
export function reportLines(report: EvaluationReport): string[] {
  const shown =
    report.kind === 'baskets'
      ? ['hr@10', 'mrr@10']
      : report.kind === 'shop'
        ? ['recall@10', 'ndcg@10']
        : report.kind === 'impressions'
          ? ['clicks']
          : report.kind === 'sessions'
            ? ['hr@20', 'mrr@20']
            : ['recall@20', 'ndcg@20'];
  const lines = [
    `${report.dataset}: ${report.kind}, ${report.split}${report.variant ? `, variant ${report.variant}` : ''}, ${report.users} cases, ${report.items} items`,
  ];
  for (const r of report.results) {
    lines.push(
      `${r.name.padEnd(34)}${shown
        .filter((m) => r.metrics[m])
        .map(
          (m) =>
            `${m} ${r.metrics[m]!.value.toFixed(4)} [${r.metrics[m]!.low.toFixed(4)}, ${r.metrics[m]!.high.toFixed(4)}]`,
        )
        .join('  ')}  ${r.seconds} s`,
    );
  }
  for (const d of report.differences)
    if (d.name === report.best)
      lines.push(
        `${d.name} − ${d.baseline}: ${d.metric} ${d.value.toFixed(4)} [${d.low.toFixed(4)}, ${d.high.toFixed(4)}]`,
      );
  return [...lines, `best: ${report.best}`];
}

/** Adds `vitrine evaluate`. */
export function registerEvaluate(program: Command, more: Partial<Record<EvaluationKind, Evaluator>> = {}): void {
  program
    .command('evaluate')
    .description('judge models on a folder of data, everything tuned on its val part only')
    .requiredOption('--data <dir>', 'folder with the data')
    .addOption(
      new Option('--kind <kind>', 'what the data are, where the files leave it open').choices([
        'users',
        'sessions',
        'baskets',
        'links',
        'queries',
        'shop',
        'impressions',
      ]),
    )
    .addOption(new Option('--split <split>', 'part that is reported').choices(['val', 'test']).default('val'))
    .addOption(
      new Option('--variant <variant>', 'A: as published, fitted on train; B: as deployed, refitted on train + val')
        .choices(['A', 'B'])
        .default('A'),
    )
    .option('--only <names>', 'models by name, separated by commas')
    .option('--seed <number>', 'seed of all chance', '1')
    .option('--json <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as a page')
    .action(
      async (
        o: {
          data: string;
          kind?: EvaluationKind;
          split: 'val' | 'test';
          variant: 'A' | 'B';
          only?: string;
          seed: string;
          json?: string;
          html?: string;
        },
        command: Command,
      ) => {
        const seed = Number(o.seed);
        if (!Number.isInteger(seed)) command.error(`--seed "${o.seed}" is not a whole number`, { exitCode: 2 });
        const only = o.only
          ?.split(',')
          .map((s) => s.trim())
          .filter(Boolean);
        const report = await evaluate(
          {
            data: resolve(o.data),
            kind: o.kind,
            split: o.split,
            variant: o.variant,
            only,
            seed,
            progress: (line) => process.stderr.write(`${line}\n`),
          },
          more,
        );
        if (o.json) await writeFile(o.json, `${JSON.stringify(report, null, 2)}\n`);
        if (o.html) await writeFile(o.html, reportPage(report));
        process.stdout.write(`${reportLines(report).join('\n')}\n`);
      },
    );
}
