import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../platform/clock/clock.port.js';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { driftCheck } from './drift-check.js';
import { fairnessChecks } from './fairness-checks.js';
import type { Check, Finding, QualityReport } from './finding.schema.js';

/** Examples shown with a finding. */
const EXAMPLES = 20;
/** A description below this many characters tells an encoder little more than the title does. */
const THIN_TEXT = 40;
/** More events of one visitor within one minute than a person makes. */
export const BURST_PER_MINUTE = 60;

const limited = (inner: string): string =>
  `select id, detail, (count(*) over ())::int as total from (${inner}) found limit ${EXAMPLES}`;

const dataChecks: Check[] = [
  {
    code: 'picture_unreadable',
    severity: 'error',
    advice:
      'Replace the picture; the reason stands beside it. The item is recommended on its other evidence meanwhile.',
    sql: `select i.id, min(q.code || ': ' || q.detail) as detail from quarantine q join items i on i.key = q.item_key where q.modality = 'image' group by i.id order by i.id`,
  },
  {
    code: 'no_picture',
    severity: 'warning',
    advice: 'Add a photograph: without one an item is found by its words alone.',
    sql: `select i.id, i.title as detail from items i where not exists (select 1 from item_images p where p.item_key = i.key and p.state <> 'failed') order by i.id`,
  },
  {
    code: 'picture_shared',
    severity: 'warning',
    advice:
      'Different products with the very same photograph look alike to everybody; give each its own, or one groupId if they are variants.',
    sql: `select min(i.id) as id, string_agg(distinct i.id, ', ') as detail from item_images p join items i on i.key = p.item_key
      where p.content_hash is not null group by p.content_hash having count(distinct coalesce(i.group_id, i.id)) > 1 order by 1`,
  },
  {
    code: 'text_missing',
    severity: 'warning',
    advice: 'Describe the item: words carry what a photograph cannot show.',
    sql: `select id, title as detail from items where coalesce(description, '') = '' order by id`,
  },
  {
    code: 'text_thin',
    severity: 'info',
    advice: `A description of fewer than ${THIN_TEXT} characters says little more than the title.`,
    sql: `select id, description as detail from items where length(description) between 1 and ${THIN_TEXT - 1} order by id`,
  },
  {
    code: 'no_category',
    severity: 'info',
    advice: 'Categories let rows and filters be made.',
    sql: `select id, title as detail from items where categories = '{}' order by id`,
  },
  {
    code: 'no_price',
    severity: 'info',
    advice: 'Without a price an item is left out wherever a price is asked for.',
    sql: `select id, title as detail from items where price_amount is null order by id`,
  },
  {
    code: 'review_repeated',
    severity: 'warning',
    advice: 'The same text under several products is counted as spam; remove it at its source.',
    sql: `select min(i.id) as id, left(min(r.text), 160) as detail from reviews r join items i on i.key = r.item_key
      where length(r.text) > 30 group by md5(lower(r.text)) having count(*) > 1 order by 1`,
  },
  {
    code: 'events_bursting',
    severity: 'warning',
    advice: 'More events in a minute than a person makes: probably a robot. Kept, but not learned from.',
    sql: `select coalesce(user_id, visitor_id) as id, max(n)::text || ' events in one minute' as detail from
      (select user_id, visitor_id, date_trunc('minute', at) as minute, count(*) as n from events where at > now() - interval '30 days' group by 1, 2, 3) bursts
      where n > ${BURST_PER_MINUTE} group by 1 order by 1`,
  },
  {
    code: 'events_without_item',
    severity: 'info',
    advice: 'Events of items that are not in the catalogue wait; they count once the item is there.',
    sql: `select item as id, count(*)::text || ' events' as detail from events, unnest(item_ids) as item
      where at > now() - interval '30 days' and not exists (select 1 from items where items.id = item) group by item order by count(*) desc, item`,
  },
];

/** Findings on pictures, words, reviews and events: reported, never silently dropped. */
@Injectable()
export class QualityService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Looks at the whole catalogue; a few scans, each linear in its table. */
  async report(): Promise<QualityReport> {
    const findings: Finding[] = [];
    for (const check of [...dataChecks, ...fairnessChecks, driftCheck]) {
      const { rows } = await this.database.lagging.run(limited(check.sql), check.values);
      if (rows.length === 0) continue;
      findings.push({
        code: check.code,
        severity: check.severity,
        count: Number(rows[0]!.total),
        examples: rows.map((row) => ({ id: String(row.id), ...(row.detail ? { detail: String(row.detail) } : {}) })),
        advice: check.advice,
      });
    }
    const { rows } = await this.database.run('select count(*)::int as items from items');
    return { at: this.clock.now().toISOString(), items: Number(rows[0]!.items), findings };
  }
}
