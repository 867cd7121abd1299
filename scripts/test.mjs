// `npm test`: sets up what the tests need, runs them on both databases, says what was left out, and closes with the count.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, root } from './lib/paths.mjs';
import { aptInstall, run, which } from './lib/process.mjs';
import { ensureBuilt, ensureDependencies, requireNode } from './lib/setup.mjs';

const [suite = 'all', ...rest] = process.argv.slice(2);
const suites = { all: [], trust: ['test/trust'], scale: ['test/scale'], connect: ['test/connect'] };
const chosen = suites[suite] ?? null;
const filters = chosen ?? [suite, ...rest];

requireNode();
await ensureDependencies();
await ensureBuilt();

const leftOut = [];
const env = { ...process.env, VITRINE_TEST_SUITE: chosen ? suite : 'all' };
const need = async (name, programs, packageName) => {
  let found = which(...programs);
  if (!found && (await aptInstall(packageName))) found = which(...programs);
  if (!found) leftOut.push(`${name} (not on this machine)`);
  return found;
};
env.VITRINE_TEST_CHROMIUM =
  (await need(
    'browser tests',
    ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    'chromium',
  )) ?? '';
env.VITRINE_TEST_FFMPEG = (await need('video tests', ['ffmpeg'], 'ffmpeg')) ?? '';

let postgres = null;
if (!process.env.VITRINE_TEST_DATABASE_URL) {
  try {
    const { startPostgres } = await import('./lib/postgres.mjs');
    postgres = await startPostgres();
    env.VITRINE_TEST_DATABASE_URL = postgres.url;
  } catch (error) {
    env.VITRINE_TEST_POSTGRES = 'off';
    leftOut.push(`everything on a real PostgreSQL (${error.message.split('\n')[0]})`);
  }
}
/** Installs what a suite is about; without it that suite has failed. */
const servers = {
  async scale() {
    const { ensureWeaviate } = await import('./lib/weaviate.mjs');
    env.VITRINE_TEST_WEAVIATE = await ensureWeaviate();
  },
  async connect() {
    const { ensureKafka } = await import('./lib/kafka.mjs');
    const { ensureObjectStore } = await import('./lib/object-store.mjs');
    await ensureKafka();
    await ensureObjectStore();
  },
};
try {
  await servers[suite]?.();
} catch (error) {
  console.error(`tests: no server to test with: ${error.message}`);
  console.log('0 passed, 1 failed');
  await postgres?.stop();
  process.exit(1);
}
if (process.env.CI && leftOut.length) {
  console.error(`tests: in CI nothing of the machine's own may be missing: ${leftOut.join('; ')}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
const data = process.env.VITRINE_TEST_DATA ?? join(root, '..', 'shared', 'data');
if (!existsSync(data)) leftOut.push('tests on real data sets (set VITRINE_TEST_DATA to a folder of them)');
if (suite === 'all') {
  if (!process.env.VITRINE_TEST_WEAVIATE) leftOut.push('Weaviate (npm run test:scale)');
  leftOut.push('Kafka and S3 (npm run test:connect)');
}

mkdirSync(cacheDir, { recursive: true });
const report = join(cacheDir, 'test-report.json');
const trustTable = join(cacheDir, 'trust-table.ndjson');
rmSync(trustTable, { force: true });
env.VITRINE_TRUST_TABLE = trustTable;
rmSync(report, { force: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
let passed = 0;
let failed = 0;
let skipped = 0;
try {
  await run(
    process.execPath,
    [vitest, 'run', ...filters, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { cwd: root, env },
  );
} catch {
  failed = 1;
} finally {
  await postgres?.stop();
}
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  passed = result.numPassedTests;
  skipped = result.numPendingTests + (result.numTodoTests ?? 0);
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  failed = Math.max(failed, result.numFailedTests + brokenFiles);
}
if (existsSync(trustTable)) {
  const rows = readFileSync(trustTable, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const columns = ['faults', 'requests', 'badInputs', 'acknowledged', 'lost', 'doubled'];
  const sum = Object.fromEntries(columns.map((name) => [name, rows.reduce((total, row) => total + row[name], 0)]));
  const width = Math.max(...rows.map(({ what }) => what.length)) + 2;
  const print = (what, cells) =>
    console.log(what.padEnd(width) + cells.map((cell) => String(cell).padStart(14)).join(''));
  print('', ['faults', 'requests', 'bad inputs', 'acknowledged', 'lost', 'doubled']);
  for (const row of [...rows, { what: 'in all', ...sum }])
    print(
      row.what,
      columns.map((name) => row[name]),
    );
}
console.log(leftOut.length ? `left out: ${leftOut.join('; ')}` : 'left out: nothing');
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed || !passed ? 1 : 0);
