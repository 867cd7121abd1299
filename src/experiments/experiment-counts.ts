import type { Database } from '../platform/platform.api.js';

/** What was counted of one arm. */
export interface ArmCount {
  exposed: number;
  converted: number;
  impressions: number;
}

/** One exposed person under one arm: whether they did it, and the probability of that arm when they first met it. */
export interface ExposedUnit {
  arm: string;
  converted: boolean;
  share: number;
}

/** A purchase or a cart counts up to so long after the first list of the arm. */
const ATTRIBUTION_DAYS = 7;

/**
 * People exposed to an experiment since `since`, one row for a person and arm. A click counts when it names a list of the arm (`requestId`); what lies further down the
 * road counts when the same person does it within seven days of first seeing the arm. Cost: the experiment's impressions, by index.
 */
export const readExposed = async (
  database: Database,
  id: string,
  metric: string,
  since: Date | null,
): Promise<{ units: ExposedUnit[]; impressions: Map<string, number> }> => {
  const { rows } = await database.run(
    `with shown as (
       select request_id, experiment ->> 'arm' as arm, (experiment ->> 'share')::float8 as share, user_id, visitor_id, at,
         coalesce('visitor ' || visitor_id, 'user ' || user_id) as person
       from impressions where experiment ->> 'id' = $1 and ($2::timestamptz is null or at >= $2)
         and (visitor_id is not null or user_id is not null)),
     first as (
       select person, arm, min(at) as at, min(visitor_id) as visitor_id, min(user_id) as user_id,
         (array_agg(share order by at))[1] as share, count(*)::int as impressions
       from shown group by person, arm)
     select f.arm, f.share, f.impressions,
       case when $3 = 'click' then exists (
           select from shown s join events e on e.request_id = s.request_id
           where s.person = f.person and s.arm = f.arm and e.type = 'click')
         else exists (select from events e where e.visitor_id = f.visitor_id and e.type = $3
             and e.at >= f.at and e.at < f.at + interval '${ATTRIBUTION_DAYS} days')
           or exists (select from events e where e.user_id = f.user_id and e.type = $3
             and e.at >= f.at and e.at < f.at + interval '${ATTRIBUTION_DAYS} days')
       end as converted
     from first f`,
    [id, since, metric],
  );
  const impressions = new Map<string, number>();
  const units = rows.map((row): ExposedUnit => {
    const arm = String(row.arm);
    impressions.set(arm, (impressions.get(arm) ?? 0) + Number(row.impressions));
    return { arm, share: Number(row.share ?? 1), converted: row.converted === true };
  });
  return { units, impressions };
};

/** Adds people up by arm; arms nobody met have zeros. */
export const countArms = (
  arms: readonly string[],
  exposed: { units: readonly ExposedUnit[]; impressions: ReadonlyMap<string, number> },
): ArmCount[] =>
  arms.map((arm) => {
    const mine = exposed.units.filter((unit) => unit.arm === arm);
    return {
      exposed: mine.length,
      converted: mine.filter((unit) => unit.converted).length,
      impressions: exposed.impressions.get(arm) ?? 0,
    };
  });
