import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../../test/support/databases.js';
import { CatalogReader } from '../catalog/catalog.api.js';
import { createLogger } from '../platform/logging/logger.js';
import { DatabaseOutbox } from '../platform/outbox/database-outbox.js';
import { type Database, loadSettings, migrate, openDatabase, SystemClock } from '../platform/platform.api.js';
import { EventBehaviour } from './event-behaviour.js';

describe.each(testDatabases())('behaviour from the events table, on the $name', (given) => {
  let database: Database;
  let outbox: DatabaseOutbox;
  let behaviour: EventBehaviour;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const installation = await given.install();
    remove = installation.remove;
    database = await openDatabase(loadSettings({ env: installation.env, envFolder: null }).settings);
    await migrate(database);
    const logger = createLogger('fatal');
    outbox = new DatabaseOutbox(database, logger);
    await outbox.start();
    behaviour = new EventBehaviour(database, outbox, new SystemClock(), logger, new CatalogReader(database));
  });
  afterAll(async () => {
    await behaviour.onApplicationShutdown();
    await outbox.stop();
    await database.close();
    await remove();
  });

  const model = (version: string, state: string, parameters: unknown) =>
    `insert into models (kind, version, state, parameters) values ('behaviour', '${version}', '${state}', '${JSON.stringify(parameters)}');`;

  it('answers by what the live model was tuned to, from the start and when another goes live', async () => {
    // Twelve visits of five days ago went from "from" to "old", the last hour's went from "from" to "new".
    await database.script(`
      insert into items (id, title, content_hash) values ('from', 'From', 'f'), ('old', 'Old', 'o'), ('new', 'New', 'n');
      insert into events (id, type, user_id, session_id, item_ids, at)
        select v || i, 'view', v, v, array[i], now() - d - case i when 'from' then interval '1 second' else interval '0' end
        from (select 'v' || n as v, interval '5 days' as d, 'old' as target from generate_series(1, 12) n
              union all select 'last', interval '1 hour', 'new') visits, unnest(array['from', target]) i;
      ${model('b1', 'live', { tuning: { neighbours: { ageDays: 1 }, weights: { rules: 0, twoSteps: 0 } } })}
      ${model('b2', 'candidate', {})}
    `);
    const keys = await new CatalogReader(database).keysOf(['from', 'old', 'new']);
    const nextOf = (id: string) =>
      [...behaviour.session([keys.get(id)!])].sort((a, b) => b[1] - a[1]).map(([key]) => key);
    await behaviour.onModuleInit();
    await expect.poll(() => nextOf('from')[0], { timeout: 10_000 }).toBe(keys.get('new'));
    await outbox.write(async (trx, append) => {
      await trx.updateTable('models').set({ state: 'retired' }).where('version', '=', 'b1').execute();
      await trx.updateTable('models').set({ state: 'live' }).where('version', '=', 'b2').execute();
      append({ topic: 'model', subject: 'behaviour' });
    });
    await expect.poll(() => nextOf('from')[0], { timeout: 10_000 }).toBe(keys.get('old'));
  });
});
