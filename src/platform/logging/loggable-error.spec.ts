import { describe, expect, it } from 'vitest';
import { testDatabases } from '../../../test/support/databases.js';
import { loadSettings } from '../config/load-settings.js';
import { migrate } from '../database/migrator.js';
import { openDatabase } from '../database/open-database.js';
import { loggableError } from './loggable-error.js';
import { pseudonym } from './pseudonym.js';

describe.each(testDatabases())('what the log says of errors of the $name', (given) => {
  it('is what went wrong and where, and of whom nothing', async () => {
    const installation = await given.install();
    const database = await openDatabase(loadSettings({ env: installation.env, envFolder: null }).settings);
    await migrate(database);
    const insert =
      "insert into consents (kind, id, personalization, training, at) values ('user', $1, true, true, now())";
    await database.run(insert, ['anna@example.com']);
    const failures = [
      () => database.run(insert, ['anna@example.com']),
      () => database.run('select $1::text::int', ['anna@example.com']),
      () => database.run('insert into consents (kind, id) values ($1, $2)', ['user', 'anna@example.com']),
      () => database.run('select $1::smallint', [`1"anna"`]),
      () => database.script(`do $$ begin raise exception 'value "%" is wrong', (1, 'anna "from" here'); end $$`),
    ];
    for (const failure of failures) {
      const error = (await failure().then(
        () => null,
        (caught: unknown) => caught,
      )) as Error & { code: string };
      const wrapped = new Error('could not be stored', { cause: error });
      const logged = loggableError(wrapped);
      expect(JSON.stringify(logged)).not.toContain('anna');
      expect(logged).toMatchObject({ message: 'could not be stored', cause: { code: error.code } });
      expect(logged.cause!.message.length).toBeGreaterThan(10);
      expect(logged.stack).toContain('loggable-error.spec');
    }
    await database.close();
    await installation.remove();
  });

  it('names a person so that one can follow but not find out', () => {
    expect(pseudonym('anna')).toBe(pseudonym('anna'));
    expect(pseudonym('anna')).not.toBe(pseudonym('ann'));
    expect(pseudonym('anna')).toMatch(/^p-[\w-]{12}$/);
  });
});
