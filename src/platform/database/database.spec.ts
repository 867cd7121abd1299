import { describe, expect, it } from 'vitest';
import { testDatabases } from '../../../test/support/databases.js';
import { loadSettings } from '../config/load-settings.js';
import { databaseConformance } from './database.conformance.js';
import { openDatabase } from './open-database.js';
import { fromVectorText, toVectorText } from './vector-column.js';

describe.each(testDatabases())('the $name', (given) => {
  databaseConformance(async () => {
    const installation = await given.install();
    const database = await openDatabase(loadSettings({ env: installation.env, envFolder: null }).settings);
    return {
      database,
      close: async () => {
        await database.close();
        await installation.remove();
      },
    };
  });
});

describe('a vector as text', () => {
  it('comes back as the very same float32 numbers', () => {
    const vector = Float32Array.from([0, -0.1, 1 / 3, 1e-30, 3.4e38, 123456.789]);
    expect(fromVectorText(toVectorText(vector))).toEqual(vector);
  });

  it('is refused when a number is not finite', () => {
    expect(() => toVectorText(Float32Array.from([1, Number.NaN]))).toThrow(/Component 1 .* NaN/);
  });
});
