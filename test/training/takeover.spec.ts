import { afterAll, describe, expect, it } from 'vitest';
import { DATABASE, type Database } from '../../src/platform/platform.api.js';
import { TrainingService } from '../../src/training/training.api.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';

describe.each(testDatabases().filter(({ name }) => name === 'PostgreSQL'))('training on the $name', (database) => {
  let shop: OpenShop;
  afterAll(() => shop?.close());

  it('takes over a run whose worker has not been heard of, and leaves one alone that is at work', async () => {
    shop = await openShop(database);
    const db = shop.running.app.get<Database>(DATABASE);
    const training = shop.running.app.get(TrainingService);
    await db.run(
      `insert into training_runs (id, state, request, updated_at) values ('dead', 'running', '{}', now() - interval '5 minutes'),
        ('alive', 'running', '{}', now())`,
      [],
    );
    await training.recover();
    let dead = await training.run('dead');
    for (let tries = 0; (dead.state === 'queued' || dead.state === 'running') && tries < 200; tries++) {
      await new Promise((wake) => setTimeout(wake, 50));
      dead = await training.run('dead');
    }
    expect(dead).toMatchObject({ state: 'skipped', reason: expect.stringContaining('at least 100') });
    expect((await training.run('alive')).state).toBe('running');
  }, 60_000);

  it('is scheduled for every night', async () => {
    const db = shop.running.app.get<Database>(DATABASE);
    const { rows } = await db.run("select cron from pgboss.schedule where name = 'training.run'");
    expect(rows).toHaveLength(1);
  });
});
