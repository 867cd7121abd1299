// `npm run eval:encoder -- --data DIR [--model MODEL] [--split val] [--json FILE]`: how well an encoder knows goods.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compiled } from '../../scripts/lib/compile.mjs';
import { cacheDir, root } from '../../scripts/lib/paths.mjs';

const usage = `usage: npm run eval:encoder -- --data DIR [--model MODEL] [--dtype auto] [--split val] [--only SET,…] [--languages] [--json FILE]
  DIR    holds any of fashion/ general/ clothing/ grocery/ magento/ (pairs.ndjson with loose pictures or uncompressed zips)
  MODEL  local folder or Hugging Face id; default models/vitrine-clip
  --languages  the demo shop's titles in French and German beside English
  magento and the demo shop are always measured whole, whatever --split says`;
const fail = (sentence) => {
  console.error(`${sentence}\n${usage}`);
  process.exit(2);
};
let values;
try {
  ({ values } = parseArgs({
    options: {
      data: { type: 'string' },
      model: { type: 'string', default: process.env.CLIP_MODEL ?? resolve(root, 'models', 'vitrine-clip') },
      dtype: { type: 'string', default: process.env.CLIP_DTYPE ?? 'auto' },
      split: { type: 'string', default: 'val' },
      only: { type: 'string' },
      languages: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  }));
} catch (error) {
  fail(error.message);
}
if (values.help) {
  console.log(usage);
  process.exit(0);
}
if (!values.data) fail('--data is missing.');
if (!['train', 'val', 'test'].includes(values.split)) fail(`--split ${values.split}: one of train, val, test.`);
// The encoder's threads do not keep a process alive; this does until the report is out.
setInterval(() => {}, 60_000);
const { evaluateEncoder } = await import(await compiled('bench', 'bench/eval-encoder/evaluate-encoder.ts'));
try {
  const report = await evaluateEncoder({
    data: resolve(values.data),
    model: values.model,
    dtype: values.dtype,
    split: values.split,
    only: values.only?.split(','),
    languages: values.languages,
    cacheDir,
    hubEndpoint: process.env.HF_ENDPOINT || undefined,
    say: (line) => console.error(line),
  });
  const rows = Object.entries({ ...report.sets, ...report.languages }).flatMap(([set, measures]) =>
    Object.entries(measures).map(([measure, m]) => ({ set, measure, ...m })),
  );
  console.log(`${report.model}, split ${report.split} (95 % bootstrap intervals)`);
  for (const r of rows) {
    const number = (x) => x.toFixed(3).replace(/^0/, '');
    console.log(
      `${r.set.padEnd(9)}${r.measure.padEnd(24)}${number(r.value)}  [${number(r.low)}, ${number(r.high)}]  n ${r.n}  chance ${number(r.chance)}`,
    );
  }
  for (const sentence of report.leftOut) console.log(`left out: ${sentence}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.exit(0);
