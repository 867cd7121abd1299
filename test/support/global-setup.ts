import type { TestProject } from 'vitest/node';

interface RunningPostgres {
  url: string;
  stop(): Promise<void>;
}

/** Starts one throw-away PostgreSQL for the whole run, unless `VITRINE_TEST_DATABASE_URL` names one. */
export default async function globalSetup(_project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.VITRINE_TEST_DATABASE_URL || process.env.VITRINE_TEST_POSTGRES === 'off') return undefined;
  const { startPostgres } = (await import('../../scripts/lib/postgres.mjs' as string)) as {
    startPostgres(): Promise<RunningPostgres>;
  };
  try {
    const server = await startPostgres();
    process.env.VITRINE_TEST_DATABASE_URL = server.url;
    return () => server.stop();
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn(
      `left out: everything on a real PostgreSQL (${error instanceof Error ? error.message.split('\n')[0] : error})`,
    );
    return undefined;
  }
}
