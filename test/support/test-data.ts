import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folder of real data for tests, laid out by set name; `VITRINE_TEST_DATA` names another place. */
const testDataFolder = resolve(
  process.env.VITRINE_TEST_DATA ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'data'),
);

/** The folder of one data set, or null when it is not on this machine; tests that need it then say that they were left out. */
export const testData = (set: string): string | null => {
  const path = join(testDataFolder, set);
  return existsSync(path) ? path : null;
};
