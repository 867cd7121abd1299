import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import {
  type RunningVitrine,
  runVitrine,
  startVitrine,
  testEnvironment,
  testKeys,
} from '../support/running-vitrine.js';

interface Examined {
  name: string;
  state: 'good' | 'remark' | 'bad';
  says: string;
}

describe.each(testDatabases())('the doctor of the $name', (database) => {
  let installation: TestInstallation | undefined;
  let vitrine: RunningVitrine | undefined;
  afterEach(async () => {
    await vitrine?.end('SIGKILL');
    await installation?.remove();
  });
  const ask = async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await runVitrine(['doctor', '--json'], env);
    const { findings } = JSON.parse(
      stdout || `{"findings":[{"name":"none","state":"bad","says":${JSON.stringify(stderr)}}]}`,
    ) as {
      findings: Examined[];
    };
    return {
      code,
      of: (name: string) => findings.filter((each) => each.name === name),
      bad: findings.filter(({ state }) => state === 'bad').map(({ name }) => name),
    };
  };

  it('finds nothing to mend, before and after the first start and while it runs, and changes nothing', async () => {
    installation = await database.install();
    const env = testEnvironment(installation.env);
    // The tests' server is told not to wait for its disk.
    const usual = database.kind === 'server' ? ['power'] : [];
    const before = await ask(env);
    expect(before.bad).toEqual(usual);
    if (database.kind === 'server') expect(before.of('schema')[0]!.says).toMatch(/migrations wait/);
    else expect(before.of('database')[0]!.says).toMatch(/first start/);

    vitrine = await startVitrine(env);
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
    const item = { title: 'Lamp', images: [{ data: png }] };
    expect((await vitrine.call('PUT', '/v1/items/p1', item, testKeys.server)).status).toBe(201);
    const during = await ask({ ...env, PORT: '0' });
    expect(during.bad).toEqual(usual);
    expect(during.of('database')[0]!.state).toBe('good');
    await vitrine.end();

    // Pictures that went missing are noticed, and nothing else is wrong.
    await rm(join(installation.env.VITRINE_DATA_DIR!, 'images'), { recursive: true });
    const after = await ask(env);
    expect(after.bad).toEqual([...usual, 'pictures']);
    expect(after.of('schema')[0]).toMatchObject({ state: 'good' });
    expect(after.of('catalogue')[0]!.says).toMatch(/^1 items/);
    expect(after.code).toBe(1);
  }, 120_000);

  // Settings, ports and folders are no matter of the database.
  it.runIf(database.kind === 'embedded')(
    'names what is to be mended',
    async () => {
      installation = await database.install();
      const env = testEnvironment(installation.env);
      const wrong = await ask({ ...env, VITRINE_CONSENT: 'perhaps' });
      expect(wrong.of('settings')[0]!.says).toMatch(/VITRINE_CONSENT.*perhaps/);
      expect(wrong.code).toBe(1);
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const { port } = taken.address() as { port: number };
      expect((await ask({ ...env, PORT: String(port) })).of('port')[0]!.says).toMatch(/taken/);
      taken.close();
      const file = join(installation.env.VITRINE_DATA_DIR!, 'a-file');
      await writeFile(file, '');
      expect((await ask({ ...env, VITRINE_IMAGE_STORE: join(file, 'inside') })).bad).toContain('pictures');
      const gone = await ask({ ...env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' });
      expect(gone.bad).toContain('database');
      const open = await ask({ ...env, HOST: '0.0.0.0', VITRINE_ORIGINS: '*', VITRINE_ALLOW_PRIVATE_URLS: 'true' });
      expect(open.of('exposure')).toHaveLength(3);
    },
    120_000,
  );
});
