import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import hnswlib from 'hnswlib-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/maths/random.js';
import { workerFile } from '../../src/platform/threads/worker-file.js';
import { listSnapshots, readSnapshot } from '../../src/retrieval/hnsw/snapshots.js';

const parameters = { dimension: 24, m: 16, efConstruction: 200 };
const writer = fileURLToPath(workerFile(new URL('./snapshot-writer.js', import.meta.url)));

/** Every snapshot that is listed is whole: its files are what its header says and the library opens its graph. */
const openAll = async (root: string): Promise<string[]> => {
  const listed = listSnapshots(root, 'f1');
  for (const { folder } of listed) {
    const { header } = readSnapshot(folder, parameters);
    const graph = new hnswlib.HierarchicalNSW('ip', parameters.dimension);
    await graph.readIndex(join(folder, 'graph.bin'), false);
    expect(graph.getCurrentCount(), folder).toBe(header.labels);
  }
  return listed.map(({ folder }) => basename(folder));
};

describe('snapshots of a process that does not live to finish them', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vitrine-snapshots-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('are whole or not there, whenever it is killed, and none that was finished is lost', {
    timeout: 120_000,
  }, async () => {
    const random = seededRandom(6);
    let unfinished = 0;
    for (let kill = 0; kill < 20; kill++) {
      const folder = join(root, String(kill));
      const child = spawn(process.execPath, [writer, folder, '600'], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
      });
      await once(child.stdout, 'data');
      await new Promise((wake) => setTimeout(wake, random.below(30)));
      child.kill('SIGKILL');
      await once(child, 'close');
      const finished = said.trim().split('\n');
      expect(await openAll(folder)).toEqual(expect.arrayContaining(finished));
      unfinished += readdirSync(folder).filter((name) => name.endsWith('.part')).length;
    }
    // Else no kill came in the middle, and nothing was shown.
    expect(unfinished).toBeGreaterThan(0);
  });

  it('are refused where the disk took only part of the graph, and the one before stays', {
    timeout: 60_000,
  }, async () => {
    // The limit on a file's size lets a write fail in the middle, as a full disk does, without a word from the library.
    const limited = (blocks: number) =>
      spawn(
        'bash',
        ['-c', `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, writer, root, '2000'],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
    const child = limited(504);
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    const [code] = (await once(child, 'close')) as [number];
    const lines = said.trim().split('\n');
    expect(code).toBe(3);
    expect(lines.at(-1)).toMatch(/not written whole \(is the disk full\?\)/);
    const finished = lines.slice(0, -1);
    expect(finished.length).toBeGreaterThan(0);
    expect((await openAll(root)).sort()).toEqual([...finished].sort());
    expect(existsSync(join(root, `made-${finished.length}`))).toBe(false);
  });
});
