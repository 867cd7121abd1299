import { useState } from 'preact/hooks';
import { call, type Schemas } from './api.js';
import { Action, Field } from './parts.js';

type Feed = Schemas['Feed'];
type Input = Schemas['FeedInput'];

const FORMATS: Record<NonNullable<Input['format']>, string> = {
  'google-xml': 'Google Merchant XML',
  'google-tsv': 'Google Merchant TSV',
  'shopify-csv': 'Shopify CSV',
  'woocommerce-csv': 'WooCommerce CSV',
  'json-ld': 'schema.org JSON-LD',
  ndjson: 'NDJSON',
  csv: 'CSV',
};
const OFTEN: readonly (readonly [minutes: number, text: string])[] = [
  [5, 'every 5 minutes'],
  [15, 'every 15 minutes'],
  [60, 'every hour'],
  [360, 'every 6 hours'],
  [1440, 'every day'],
  [10_080, 'every week'],
];

const blank = {
  url: '',
  name: '',
  format: '' as NonNullable<Input['format']> | '',
  type: '' as NonNullable<Input['type']> | '',
  currency: 'EUR',
  everyMinutes: 60,
  vanished: 'discontinue' as NonNullable<Input['vanished']>,
};

/** A new feed, or one that is being changed. */
export const FeedForm = ({ feed, saved, cancel }: { feed: Feed | null; saved: () => void; cancel: () => void }) => {
  const [form, setForm] = useState({
    ...blank,
    ...(feed && {
      url: feed.url,
      name: feed.name ?? '',
      format: feed.format ?? ('' as const),
      type: feed.type ?? ('' as const),
      currency: feed.currency,
      everyMinutes: feed.everyMinutes,
      vanished: feed.vanished,
    }),
  });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  // What is left empty is left out of a new feed, and forgotten of one that is changed.
  const open = <T,>(value: T | '') => (value === '' ? (feed ? null : undefined) : value);
  const save = async () => {
    const { url, name, format, type, ...rest } = form;
    const body = { ...rest, url: url.trim(), name: open(name.trim()), format: open(format), type: open(type) };
    await (feed
      ? call('PATCH', `/v1/admin/feeds/${encodeURIComponent(feed.id)}`, body)
      : call('POST', '/v1/admin/feeds', body));
    setForm(blank);
    saved();
  };
  const title = feed ? `Change ${feed.name ?? feed.id}` : 'A new feed';
  const minutes = OFTEN.some(([known]) => known === form.everyMinutes)
    ? OFTEN
    : [[form.everyMinutes, `every ${form.everyMinutes} minutes`] as const, ...OFTEN];
  return (
    <section class="panel wide" aria-label={title}>
      <div class="panel-head">
        <h2>{title}</h2>
      </div>
      <form class="form" onSubmit={(event) => event.preventDefault()}>
        <div class="form-wide">
          <Field label="Address" hint="http or https; packed with gzip or not">
            <input
              type="url"
              value={form.url}
              placeholder="https://shop.example/products.xml"
              onInput={(event) => set({ url: event.currentTarget.value })}
            />
          </Field>
        </div>
        <Field label="Name" hint="For people">
          <input
            value={form.name}
            maxLength={200}
            placeholder="the web shop’s products"
            onInput={(event) => set({ name: event.currentTarget.value })}
          />
        </Field>
        <Field label="How often">
          <select
            value={String(form.everyMinutes)}
            onChange={(event) => set({ everyMinutes: Number(event.currentTarget.value) })}
          >
            {minutes.map(([value, text]) => (
              <option key={value} value={String(value)}>
                {text}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Format">
          <select
            value={form.format}
            onChange={(event) => set({ format: event.currentTarget.value as typeof form.format })}
          >
            <option value="">recognised by itself</option>
            {Object.entries(FORMATS).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </Field>
        <Field label="What the rows are">
          <select value={form.type} onChange={(event) => set({ type: event.currentTarget.value as typeof form.type })}>
            <option value="">told by their shape</option>
            {(['items', 'reviews', 'events'] as const).map((type) => (
              <option key={type}>{type}</option>
            ))}
          </select>
        </Field>
        <Field label="Currency" hint="Of prices that carry none">
          <input
            value={form.currency}
            maxLength={3}
            onInput={(event) => set({ currency: event.currentTarget.value.toUpperCase() })}
          />
        </Field>
        <Field label="What vanishes from it">
          <select
            value={form.vanished}
            onChange={(event) => set({ vanished: event.currentTarget.value as typeof form.vanished })}
          >
            <option value="discontinue">is discontinued</option>
            <option value="keep">is left as it is</option>
          </select>
        </Field>
        <div class="form-actions">
          <Action
            label={feed ? 'Save' : 'Add and poll'}
            kind="primary"
            run={save}
            disabled={form.url.trim() === '' || form.currency.length !== 3}
          />
          {feed && (
            <button type="button" onClick={cancel}>
              Cancel
            </button>
          )}
        </div>
      </form>
    </section>
  );
};
