import { useState } from 'preact/hooks';
import { call } from './api.js';
import { Action, Panel, Table, useCall } from './parts.js';

interface Rule {
  id: string;
  kind: string;
  placement: string | null;
  itemIds?: string[];
  filter?: unknown;
  active?: boolean;
}

/** Pin, boost, bury, exclude. */
export const Rules = () => {
  const rules = useCall<{ rules: Rule[] }>('/v1/admin/rules');
  const [kind, setKind] = useState('pin');
  const [items, setItems] = useState('');
  const [placement, setPlacement] = useState('');
  const add = () =>
    call('POST', '/v1/admin/rules', {
      kind,
      ...(placement ? { placement } : {}),
      itemIds: items.split(/[\s,]+/).filter(Boolean),
    }).then(rules.again);
  return (
    <Panel title="Rules" loaded={rules}>
      {(value) => (
        <>
          <div class="try">
            <label>
              What
              <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
                {['pin', 'boost', 'bury', 'exclude'].map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            <label>
              Items
              <input
                value={items}
                placeholder="ids, parted by commas"
                onInput={(event) => setItems(event.currentTarget.value)}
              />
            </label>
            <label>
              Placement
              <input value={placement} placeholder="all" onInput={(event) => setPlacement(event.currentTarget.value)} />
            </label>
            <Action label="Add rule" run={add} />
          </div>
          <Table
            caption="Rules"
            head={['what', 'items or filter', 'placement', '']}
            rows={value.rules.map((rule) => [
              rule.kind,
              rule.itemIds?.length ? rule.itemIds.join(', ') : JSON.stringify(rule.filter ?? {}),
              rule.placement ?? 'all',
              <Action
                key={rule.id}
                label="Remove"
                confirm="Remove this rule?"
                run={() => call('DELETE', `/v1/admin/rules/${encodeURIComponent(rule.id)}`).then(rules.again)}
              />,
            ])}
            empty="No rules: lists are as they were learned."
          />
        </>
      )}
    </Panel>
  );
};
