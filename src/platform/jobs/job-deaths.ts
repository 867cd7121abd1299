import type { Database } from '../database/database.port.js';

/** After so many deaths of the process a job that was under way each time is run only by itself: whose fault it was shows then. */
const DEATHS_TO_SUSPECT = 2;
/** So often may the process die under a suspect before it is given up. */
const DEATHS_ALONE = 4;

/** A suspect waits so many seconds after its first death alone, four times as long after each further one: a process that dies of something else soon after it began must not meet the same job each time. */
export const SUSPECT_WAITS_SECONDS = 15;

/** What stands in a job's `output` while it waits to be tried again after its process died. */
interface Record {
  deaths?: number;
  deathsAlone?: number;
}

/** A job whose process died; `givenUp` once that has happened too often. */
export interface TakenBack {
  id: string;
  name: string;
  data: unknown;
  deaths: number;
  givenUp: boolean;
}

/** True for a job that was under way at several deaths of the process, and may be their cause. */
export const isSuspect = (job: { output: unknown }): boolean =>
  ((job.output as Record | null)?.deaths ?? 0) >= DEATHS_TO_SUSPECT;

/**
 * Counts how often a process died with a job in its hands, in the job's own row, and tells the killer from those that were only there:
 * jobs are tried again together, then the suspects one at a time, and what has killed four processes all by itself is kept as failed.
 */
export class JobDeaths {
  constructor(
    private readonly database: Database,
    private readonly waitsSeconds = SUSPECT_WAITS_SECONDS,
  ) {}

  /** Gives jobs back whose process is gone: all that are under way, or those silent for so long. Each death is counted once, whoever asks. */
  async takeBack(name: string, silentSeconds: number | null): Promise<TakenBack[]> {
    const { rows } = await this.database.run(
      `with dead as (
         select id, coalesce((output ->> 'deaths')::int, 0) + 1 as deaths,
           coalesce((output ->> 'deathsAlone')::int, 0) + coalesce((output ->> 'alone')::boolean, false)::int as alone
         from pgboss.job where name = $1 and state = 'active' and ($2::double precision is null or started_on < now() - make_interval(secs => $2))
         for update skip locked)
       update pgboss.job j set started_on = null,
         start_after = now() + case when dead.alone = 0 or dead.alone >= $3 then interval '0' else make_interval(secs => $4 * 4 ^ (dead.alone - 1)) end,
         state = (case when dead.alone >= $3 then 'failed' else 'retry' end)::pgboss.job_state,
         completed_on = case when dead.alone >= $3 then now() end,
         output = jsonb_build_object('deaths', dead.deaths, 'deathsAlone', dead.alone, 'message',
           'The process died ' || dead.deaths || ' times with this job under way, ' || dead.alone || ' of them with this job alone.')
       from dead where j.name = $1 and j.id = dead.id
       returning j.id, j.data, dead.deaths, dead.alone >= $3 as given_up`,
      [name, silentSeconds, DEATHS_ALONE, this.waitsSeconds],
    );
    return rows.map((row) => ({
      id: String(row.id),
      name,
      data: row.data,
      deaths: Number(row.deaths),
      givenUp: row.given_up === true,
    }));
  }

  /** Notes, before a suspect is run, that it is the only one: should the process die now, it was this. */
  async markAlone(name: string, id: string): Promise<void> {
    await this.database.run(
      `update pgboss.job set output = output || '{"alone": true}' where name = $1 and id = $2::uuid and state = 'active'`,
      [name, id],
    );
  }

  /** Puts jobs back that were taken and not begun; nothing is counted. */
  async putBack(name: string, ids: readonly string[], afterSeconds: number): Promise<void> {
    if (ids.length === 0) return;
    await this.database.run(
      `update pgboss.job set state = 'retry', started_on = null, start_after = now() + make_interval(secs => $3)
       where name = $1 and id = any($2::uuid[]) and state = 'active'`,
      [name, ids, afterSeconds],
    );
  }

  /** What the jobs were about that were given up since this was last asked. */
  async givenUp(name: string): Promise<unknown[]> {
    const { rows } = await this.database.run(
      `update pgboss.job set output = output - 'deathsAlone' where name = $1 and state = 'failed' and output ? 'deathsAlone' returning data`,
      [name],
    );
    return rows.map(({ data }) => data);
  }
}
