import { useState } from 'preact/hooks';
import { call, type Schemas, time } from './api.js';
import { Action, Badge, Empty, Failure, Field, Page, Panel, Table, type Tone, useCall } from './parts.js';
import { ItemPicker, type Picked } from './picker.js';
import { type Answer, Results } from './results.js';

type Rule = Schemas['Rule'];
type RuleInput = Schemas['RuleInput'];
type Kind = RuleInput['kind'];

const WHAT: Record<Kind, string> = {
  pin: 'Pin: at this place of the list',
  boost: 'Boost: higher than it would be',
  bury: 'Bury: lower than it would be',
  exclude: 'Exclude: never shown',
};
const FIELDS = ['category', 'brand', 'price below', 'tag', 'as JSON'] as const;
type FilterField = (typeof FIELDS)[number];
const EXAMPLES: Record<FilterField, string> = {
  category: 'Home & Garden',
  brand: 'Corvid Studio',
  'price below': '80',
  tag: 'oak',
  'as JSON': '{"price":{"gte":50}}',
};

/** @throws SyntaxError for JSON that is none */
const filterOf = (field: FilterField, value: string): Record<string, unknown> | null => {
  const text = value.trim();
  if (!text) return null;
  if (field === 'category') return { category: { under: text } };
  if (field === 'brand') return { brand: text };
  if (field === 'price below') return { price: { lte: Number(text) } };
  if (field === 'tag') return { tags: text };
  return JSON.parse(text) as Record<string, unknown>;
};

const stateOf = (rule: Rule): [Tone, string] => {
  const now = Date.now();
  if (!rule.active) return ['plain', 'paused'];
  if (rule.startsAt && Date.parse(rule.startsAt) > now) return ['warn', `from ${time(rule.startsAt)}`];
  if (rule.endsAt && Date.parse(rule.endsAt) <= now) return ['plain', 'over'];
  return ['live', rule.endsAt ? `until ${time(rule.endsAt)}` : 'holds'];
};
const asInput = (rule: Rule): RuleInput => ({
  kind: rule.kind,
  placement: rule.placement,
  filter: rule.filter,
  itemIds: rule.itemIds,
  amount: rule.amount,
  position: rule.position,
  startsAt: rule.startsAt,
  endsAt: rule.endsAt,
  active: rule.active,
  note: rule.note,
});

/** Pin, boost, bury, exclude, each seen before it holds. */
export const Rules = () => {
  const rules = useCall<{ rules: Rule[] }>('/v1/admin/rules');
  const [form, setForm] = useState({
    kind: 'pin' as Kind,
    placement: '',
    field: 'category' as FilterField,
    filter: '',
    amount: 0.3,
    position: 1,
    startsAt: '',
    endsAt: '',
    note: '',
  });
  const [items, setItems] = useState<Picked[]>([]);
  const [on, setOn] = useState<Picked[]>([]);
  const [preview, setPreview] = useState<{ before: Answer; after: Answer } | null>(null);
  const [error, setError] = useState('');
  const set = (part: Partial<typeof form>) => {
    setForm({ ...form, ...part });
    setPreview(null);
  };
  const draft = (): RuleInput => {
    const filter = filterOf(form.field, form.filter);
    return {
      kind: form.kind,
      ...(form.placement ? { placement: form.placement } : {}),
      ...(filter ? { filter } : {}),
      itemIds: items.map(({ id }) => id),
      ...(form.kind === 'boost' || form.kind === 'bury' ? { amount: form.amount } : {}),
      ...(form.kind === 'pin' ? { position: form.position } : {}),
      ...(form.startsAt ? { startsAt: new Date(form.startsAt).toISOString() } : {}),
      ...(form.endsAt ? { endsAt: new Date(form.endsAt).toISOString() } : {}),
      ...(form.note.trim() ? { note: form.note.trim() } : {}),
    };
  };
  const show = async () => {
    setError('');
    const placement = form.placement || (on.length ? 'product' : 'home');
    const request = { placement, limit: 8, context: { itemIds: on.map(({ id }) => id) } };
    try {
      const rule = draft();
      const [before, after] = await Promise.all([
        call<Answer>('POST', '/v1/admin/try-out', { request }),
        call<Answer>('POST', '/v1/admin/try-out', { request, rule }),
      ]);
      setPreview({ before, after });
    } catch (failure) {
      setPreview(null);
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  const add = async () => {
    await call('POST', '/v1/admin/rules', draft());
    setItems([]);
    set({ filter: '', note: '' });
    rules.again();
  };
  return (
    <Page
      title="Rules"
      intro="Where the shop knows better than what was learned. Look at what a rule would do before it holds; every item that it moved says so to shoppers."
    >
      <section class="panel wide" aria-label="A new rule">
        <div class="panel-head">
          <h2>A new rule</h2>
        </div>
        <div class="form">
          <Field label="What" hint={WHAT[form.kind]}>
            <select value={form.kind} onChange={(event) => set({ kind: event.currentTarget.value as Kind })}>
              {Object.keys(WHAT).map((kind) => (
                <option key={kind}>{kind}</option>
              ))}
            </select>
          </Field>
          <Field label="Where">
            <select value={form.placement} onChange={(event) => set({ placement: event.currentTarget.value })}>
              <option value="">everywhere</option>
              {['home', 'product', 'cart', 'category', 'search', 'email'].map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          <ItemPicker
            label="Items"
            picked={items}
            most={20}
            onChange={(picked) => {
              setItems(picked);
              setPreview(null);
            }}
          />
          <Field label="And all with" hint={`For example ${EXAMPLES[form.field]}`}>
            <span class="joined">
              <select
                aria-label="Field of the filter"
                value={form.field}
                onChange={(event) => set({ field: event.currentTarget.value as FilterField, filter: '' })}
              >
                {FIELDS.map((field) => (
                  <option key={field}>{field}</option>
                ))}
              </select>
              <input
                aria-label="Value of the filter"
                value={form.filter}
                onInput={(event) => set({ filter: event.currentTarget.value })}
              />
            </span>
          </Field>
          {form.kind === 'pin' && (
            <Field label="Place in the list">
              <input
                type="number"
                min={1}
                max={100}
                value={form.position}
                onInput={(event) => set({ position: Number(event.currentTarget.value) })}
              />
            </Field>
          )}
          {(form.kind === 'boost' || form.kind === 'bury') && (
            <label class="field slider">
              <span>
                By <output>{Math.round(form.amount * 100)} %</output> of the best score
              </span>
              <input
                type="range"
                min={0.05}
                max={1}
                step={0.05}
                value={form.amount}
                onInput={(event) => set({ amount: Number(event.currentTarget.value) })}
              />
            </label>
          )}
          <Field label="From">
            <input
              type="datetime-local"
              value={form.startsAt}
              onInput={(event) => set({ startsAt: event.currentTarget.value })}
            />
          </Field>
          <Field label="Until">
            <input
              type="datetime-local"
              value={form.endsAt}
              onInput={(event) => set({ endsAt: event.currentTarget.value })}
            />
          </Field>
          <Field label="Note">
            <input value={form.note} maxLength={1000} onInput={(event) => set({ note: event.currentTarget.value })} />
          </Field>
          <ItemPicker label="Look at it on the page of" hint="Only for the preview" picked={on} onChange={setOn} />
        </div>
        <div class="form-actions">
          <button type="button" onClick={() => void show()}>
            Preview
          </button>
          <Action label="Add rule" kind="primary" run={add} />
        </div>
        {error && <Failure message={error} />}
        {preview && (
          <div class="columns results-columns">
            <Results title="As it is" answer={preview.before} />
            <Results title="With the rule" answer={preview.after} before={preview.before} />
          </div>
        )}
      </section>
      <Panel title="Rules" loaded={rules} wide>
        {(value) =>
          value.rules.length === 0 ? (
            <Empty title="No rules">Lists are as they were learned.</Empty>
          ) : (
            <Table
              caption="Rules"
              head={['What', 'About', 'Where', 'State', 'Note', '']}
              rows={value.rules.map((rule) => {
                const [tone, text] = stateOf(rule);
                const about = [
                  ...(rule.itemIds.length ? [rule.itemIds.join(', ')] : []),
                  ...(rule.filter ? [JSON.stringify(rule.filter)] : []),
                ].join(' and ');
                return [
                  <>
                    <Badge tone={rule.kind === 'exclude' || rule.kind === 'bury' ? 'warn' : 'good'}>{rule.kind}</Badge>{' '}
                    <span class="quiet">
                      {rule.kind === 'pin'
                        ? `at ${rule.position ?? 1}`
                        : rule.amount
                          ? `${Math.round(rule.amount * 100)} %`
                          : ''}
                    </span>
                  </>,
                  about,
                  rule.placement ?? 'everywhere',
                  <Badge key="s" tone={tone}>
                    {text}
                  </Badge>,
                  rule.note ?? '',
                  <span key="a" class="row-actions">
                    <Action
                      label={rule.active ? 'Pause' : 'Resume'}
                      name={`${rule.active ? 'Pause' : 'Resume'} ${rule.kind} of ${about}`}
                      run={() =>
                        call('PUT', `/v1/admin/rules/${encodeURIComponent(rule.id)}`, {
                          ...asInput(rule),
                          active: !rule.active,
                        }).then(rules.again)
                      }
                    />
                    <Action
                      label="Remove"
                      name={`Remove ${rule.kind} of ${about}`}
                      confirm="Lists are again as they would be without it, at once."
                      run={() => call('DELETE', `/v1/admin/rules/${encodeURIComponent(rule.id)}`).then(rules.again)}
                    />
                  </span>,
                ];
              })}
              empty=""
            />
          )
        }
      </Panel>
    </Page>
  );
};
