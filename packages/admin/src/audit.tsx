import { useEffect, useState } from 'preact/hooks';
import { call, type Schemas, time } from './api.js';
import { Action, Badge, Empty, Page, Panel, Table, useCall } from './parts.js';

type Audit = Schemas['AuditPage'];

/** Who did what, newest first. */
export const AuditPage = () => {
  const first = useCall<Audit>('/v1/admin/audit');
  const [more, setMore] = useState<Audit | null>(null);
  useEffect(() => setMore(null), [first.value]);
  const [filter, setFilter] = useState('');
  return (
    <Page title="Audit" intro="Who changed what in the administration. Rows are only ever added.">
      <Panel title="Log" loaded={first} height={320} wide>
        {(value) => {
          const entries = [...value.entries, ...(more?.entries ?? [])];
          const cursor = more ? more.cursor : value.cursor;
          const asked = filter.trim().toLowerCase();
          const shown = entries.filter((entry) => JSON.stringify(entry).toLowerCase().includes(asked));
          if (entries.length === 0) return <Empty title="Nothing was done yet" />;
          return (
            <>
              <label class="field search">
                <span>Find in the log</span>
                <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
              </label>
              <Table
                caption="Audit log"
                head={['When', 'Who', 'What', 'On', 'With']}
                rows={shown.map((entry) => [
                  time(entry.at),
                  <code key="a">{entry.actor}</code>,
                  <Badge key="b">{entry.action}</Badge>,
                  entry.subject ?? '',
                  <code key="d">{Object.keys(entry.detail).length ? JSON.stringify(entry.detail) : ''}</code>,
                ])}
                empty="Nothing in the log says that."
              />
              {cursor && (
                <Action
                  label="Show earlier"
                  run={() =>
                    call<Audit>('GET', `/v1/admin/audit?cursor=${cursor}`).then((page) =>
                      setMore({ entries: [...(more?.entries ?? []), ...page.entries], cursor: page.cursor }),
                    )
                  }
                />
              )}
            </>
          );
        }}
      </Panel>
    </Page>
  );
};
