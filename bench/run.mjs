// `npm run bench -- NAME [--json FILE] [--markdown FILE] [--key value …]`: runs bench/NAME/NAME.bench.ts and prints what it measured.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { compiled } from '../scripts/lib/compile.mjs';
import { markdownTable } from '../scripts/lib/markdown-table.mjs';
import { root } from '../scripts/lib/paths.mjs';

const [name, ...rest] = process.argv.slice(2);
const names = readdirSync(join(root, 'bench')).filter((folder) =>
  existsSync(join(root, 'bench', folder, `${folder}.bench.ts`)),
);
if (!names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [--json FILE] …   NAME is one of: ${names.join(', ')}`);
  process.exit(2);
}
const options = {};
for (let i = 0; i < rest.length; i++) {
  const [key, inline] = rest[i].replace(/^--/, '').split('=');
  options[key] = inline ?? (rest[i + 1] && !rest[i + 1].startsWith('--') ? rest[++i] : 'true');
}
const { json, markdown, ...given } = options;
const { run } = await import(await compiled('bench', `bench/${name}/${name}.bench.ts`));
const result = await run(given);
const report = {
  bench: name,
  at: new Date().toISOString(),
  node: process.version,
  processors: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  memoryGB: Math.round(totalmem() / 2 ** 30),
  ...result,
};
if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
if (markdown && Array.isArray(result?.rows)) writeFileSync(markdown, `${markdownTable(result.rows)}\n`);
if (Array.isArray(result?.rows)) console.table(result.rows);
else console.log(JSON.stringify(report, null, 2));
process.exit(0);
