import type { Check } from './finding.schema.js';

/** Points of a hundred by which a modality's mean weight, or the share of items that have it, may differ between two models before it is named. */
const POINTS = 15;
/** How much nearer together, or further apart, all vectors of a modality may lie (length of their mean, 0 to 1). */
const CONCENTRATION = 0.1;
/** Cosine of the mean of what came since the live model to that of what was there before, below which the newcomers look different. */
const SAME_WAY = 0.9;
/** Items below which a mean says nothing. */
const ENOUGH_ITEMS = 30;

/** The live model of a kind and the one that was live before it. */
const versions = (kind: 'fusion' | 'encoder'): string => `
  (select live.version as now, live.promoted_at as since, (select version from models where kind = '${kind}' and state = 'retired' and promoted_at is not null
    order by promoted_at desc, key desc limit 1) as before from models live where live.kind = '${kind}' and live.state = 'live')`;

const percent = (value: string): string => `round((100 * ${value})::numeric) || ' %'`;

/** What each modality weighs, how many items have it, and how its vectors lie: with the live model against the one before, and since the live one was made. */
export const driftCheck: Check = {
  code: 'modality_drift',
  severity: 'warning',
  advice:
    'A modality counts more or less than with the model before, fewer or more items have it, or its vectors lie elsewhere. After a change of encoder or photographs that is to be expected; else look at what came in lately, and compare both models (admin page, Try out) before keeping the new one.',
  sql: `with whole as (select greatest(1, count(*))::float as items from items),
    gate as (select v.fusion, g.key as modality, avg(g.value::float) as mean, count(*) as items, count(*) / min(w.items) as covered
      from item_vectors v cross join lateral jsonb_each_text(v.gates) g cross join whole w group by 1, 2),
    spread as (select m.encoder, m.modality, vector_norm(avg(m.vector)) as together, count(*) as items, count(*) / min(w.items) as covered
      from modality_vectors m cross join whole w where m.ordinal = 0 group by 1, 2, vector_dims(m.vector)),
    young as (select m.modality, 1 - ((avg(m.vector) filter (where m.stored_at > f.since)) <=> (avg(m.vector) filter (where m.stored_at <= f.since))) as alike,
        count(*) filter (where m.stored_at > f.since) as fresh, count(*) filter (where m.stored_at <= f.since) as old
      from modality_vectors m join ${versions('encoder')} e on e.now = m.encoder cross join ${versions('fusion')} f where m.ordinal = 0 group by 1, vector_dims(m.vector))
    select m.modality as id, 'weighs ' || ${percent('coalesce(b.mean, 0)')} || ' with ' || f.now || ', ' || ${percent('coalesce(a.mean, 0)')} || ' with ' || f.before as detail
      from ${versions('fusion')} f cross join (select distinct modality from gate) m
      left join gate a on a.fusion = f.before and a.modality = m.modality left join gate b on b.fusion = f.now and b.modality = m.modality
      where f.before is not null and greatest(a.items, b.items) >= ${ENOUGH_ITEMS} and exists (select from gate where fusion = f.before) and abs(coalesce(a.mean, 0) - coalesce(b.mean, 0)) > ${POINTS / 100}
    union all
    select m.modality, ${percent('coalesce(b.covered, 0)')} || ' of items have it with encoder ' || e.now || ', ' || ${percent('coalesce(a.covered, 0)')} || ' with ' || e.before
      from ${versions('encoder')} e cross join (select distinct modality from spread) m
      left join spread a on a.encoder = e.before and a.modality = m.modality left join spread b on b.encoder = e.now and b.modality = m.modality
      where e.before is not null and greatest(a.items, b.items) >= ${ENOUGH_ITEMS} and exists (select from spread where encoder = e.before)
        and abs(coalesce(a.covered, 0) - coalesce(b.covered, 0)) > ${POINTS / 100}
    union all
    select a.modality, 'its vectors lie ' || case when b.together > a.together then 'nearer together' else 'further apart' end || ' with encoder ' || e.now || ' than with ' || e.before
        || ' (' || round(b.together::numeric, 2) || ' against ' || round(a.together::numeric, 2) || ')'
      from ${versions('encoder')} e join spread a on a.encoder = e.before join spread b on b.encoder = e.now and b.modality = a.modality
      where least(a.items, b.items) >= ${ENOUGH_ITEMS} and abs(a.together - b.together) > ${CONCENTRATION}
    union all
    select modality, fresh || ' vectors since the live model was made lie elsewhere than the ' || old || ' before (cosine of the means ' || round(alike::numeric, 2) || ')'
      from young where least(fresh, old) >= ${ENOUGH_ITEMS} and alike < ${SAME_WAY}
    order by 1, 2`,
};
