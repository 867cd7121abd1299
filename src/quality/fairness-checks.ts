import type { Check } from './finding.schema.js';

/** Shown at least this often in thirty days before a share says anything. */
const ENOUGH_SHOWN = 500;
/** A group this many times more, or less, visible than its share of the catalogue is named. */
const UNEVEN = 3;
/** A group smaller than this says little. */
const ENOUGH_ITEMS = 5;

/** Groups of the catalogue by what a shop would ask about: brand, top category, price, newness, having reviews. */
const groups = `
  select i.key, i.id, g.name from items i, lateral (values
    ('brand: ' || i.brand),
    ('category: ' || btrim(split_part(i.categories[1], '>', 1))),
    ('price: ' || (array['lowest', 'second', 'third', 'highest'])[i.quarter] || ' quarter'),
    ('newness: ' || case when i.first_seen > now() - interval '30 days' then 'under 30 days' else 'older' end),
    ('reviews: ' || case when exists (select from reviews r where r.item_key = i.key) then 'some' else 'none' end)
  ) as g (name) where g.name is not null`;

const shelf = `(select key, id, brand, categories, coalesce(published_at, created_at) as first_seen,
  case when price_amount is null then null else ntile(4) over (partition by price_amount is null order by price_amount) end as quarter
  from items where availability in ('in_stock', 'preorder'))`;

/** Who and what is seen more or less than its share, and whose lists do worse: to be looked at, never acted on by itself. */
export const fairnessChecks: readonly Check[] = [
  {
    code: 'exposure_uneven',
    severity: 'info',
    advice: `Shown over ${UNEVEN} times more, or less, than its share of the catalogue in the last 30 days. Popularity may be the reason; more diversity, exploration or a boost would even it out.`,
    sql: `with member as (${groups.replace('from items i', `from ${shelf} i`)}),
      shown as (select s.id, count(*) as times from impressions, jsonb_to_recordset(items) as s (id text) where at > now() - interval '30 days' group by 1),
      total as (select greatest(1, coalesce((select sum(times) from shown), 0)) as times, (select count(*) from ${shelf} whole) as items),
      share as (select m.name, count(*) as items, count(*)::float / greatest(1, min(t.items)) as of_items, coalesce(sum(s.times), 0)::float / min(t.times) as of_shown
        from member m cross join total t left join shown s on s.id = m.id group by m.name having min(t.times) >= ${ENOUGH_SHOWN} and count(*) >= ${ENOUGH_ITEMS})
      select name as id, round(100 * of_items) || ' % of the catalogue, ' || round(100 * of_shown) || ' % of what was shown' as detail from share
      where of_shown > ${UNEVEN} * of_items or of_items > ${UNEVEN} * of_shown order by abs(ln((of_shown + 0.0001) / (of_items + 0.0001))) desc`,
  },
  {
    code: 'ratings_skewed',
    severity: 'info',
    advice:
      'Nearly all ratings are the same, so they tell items apart hardly at all; words of reviews still do. Ask unhappy customers too.',
    sql: `select 'ratings' as id, round(100.0 * max(n) / sum(n)) || ' % of ' || sum(n) || ' ratings are ' || (array_agg(rating order by n desc))[1] as detail
      from (select round(rating) as rating, count(*) as n from reviews where rating is not null group by 1) counts having sum(n) >= 50 and max(n) > 0.85 * sum(n)`,
  },
  {
    code: 'visitors_underserved',
    severity: 'info',
    advice:
      'This group clicks on its lists less than half as often as all do. Look at what it is shown (admin page, Try out).',
    sql: `with list as (select i.request_id, case when i.user_id is not null then 'signed in' when i.visitor_id is not null then 'browser known' else 'nobody known' end as who
        from impressions i where i.at > now() - interval '30 days'),
      rate as (select l.who, count(*) as lists, count(*) filter (where exists (select from events e where e.request_id = l.request_id and e.type = 'click'))::float / count(*) as clicked from list l group by 1),
      whole as (select sum(clicked * lists) / sum(lists) as clicked from rate)
      select r.who as id, round((100 * r.clicked)::numeric, 1) || ' % of ' || r.lists || ' lists clicked, ' || round((100 * w.clicked)::numeric, 1) || ' % of all' as detail
      from rate r, whole w where r.lists >= 200 and r.clicked < 0.5 * w.clicked order by r.lists desc`,
  },
  {
    code: 'review_burst',
    severity: 'warning',
    advice: 'One author, many products, one day: often bought reviews. Remove them at their source if they are.',
    sql: `select coalesce(author, '') as id, count(distinct item_key) || ' products on ' || created_at::date as detail from reviews
      where author is not null and created_at is not null group by author, created_at::date having count(distinct item_key) > 10 order by count(distinct item_key) desc`,
  },
  {
    code: 'picture_similar',
    severity: 'info',
    advice:
      'Two products look the same to the encoder. If they are one product, give them one groupId; otherwise better photographs would tell them apart.',
    // The newest hundred against all: an exact scan, whatever the encoder's dimension.
    sql: `select i.id, near.id || ' looks the same' as detail from
        (select v.item_key, v.encoder, v.vector from modality_vectors v where v.modality = 'image' and v.ordinal = 0 order by v.item_key desc limit 100) fresh
        join items i on i.key = fresh.item_key
        cross join lateral (select other.id, other.group_id, o.vector <=> fresh.vector as distance from modality_vectors o join items other on other.key = o.item_key
          where o.modality = 'image' and o.ordinal = 0 and o.encoder = fresh.encoder and o.item_key < fresh.item_key
            and coalesce(other.group_id, other.id) <> coalesce(i.group_id, i.id) order by distance limit 1) near
      where near.distance < 0.002 order by i.id`,
  },
];
