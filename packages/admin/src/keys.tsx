import { useState } from 'preact/hooks';
import { call } from './api.js';
import { Action, Panel, Table, useCall } from './parts.js';

interface Key {
  id: string;
  role: string;
  name: string | null;
  createdAt: string;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

/** Keys: made, shown once, revoked. */
export const Keys = () => {
  const keys = useCall<{ keys: Key[] }>('/v1/admin/keys');
  const [made, setMade] = useState('');
  const make = (role: string) =>
    call<{ key: string }>('POST', '/v1/admin/keys', { role }).then(({ key }) => {
      setMade(key);
      keys.again();
    });
  return (
    <Panel title="Keys" loaded={keys}>
      {(value) => (
        <>
          <p>
            <Action label="New publishable key" run={() => make('publishable')} />{' '}
            <Action label="New server key" run={() => make('server')} />{' '}
            <Action label="New admin key" run={() => make('admin')} />
          </p>
          {made && (
            <p role="status">
              Shown this once: <code>{made}</code>
            </p>
          )}
          <Table
            caption="Keys"
            head={['role', 'name', 'made', 'last used', '']}
            rows={value.keys.map((key) => [
              key.role,
              key.name ?? '',
              new Date(key.createdAt).toLocaleString(),
              key.lastUsedAt ? new Date(key.lastUsedAt).toLocaleString() : '–',
              key.revokedAt ? (
                'revoked'
              ) : (
                <Action
                  key={key.id}
                  label="Revoke"
                  confirm="Calls with this key are refused from now on."
                  run={() => call('DELETE', `/v1/admin/keys/${encodeURIComponent(key.id)}`).then(keys.again)}
                />
              ),
            ])}
            empty="No keys."
          />
        </>
      )}
    </Panel>
  );
};

interface Audit {
  entries: { key: number; at: string; actor: string; action: string; subject: string | null }[];
}

/** Who did what. */
export const AuditPage = () => {
  const audit = useCall<Audit>('/v1/admin/audit');
  return (
    <Panel title="Audit" loaded={audit}>
      {(value) => (
        <Table
          caption="Audit log"
          head={['when', 'who', 'what', 'on']}
          rows={value.entries.map((entry) => [
            new Date(entry.at).toLocaleString(),
            entry.actor,
            entry.action,
            entry.subject ?? '',
          ])}
          empty="Nothing was done yet."
        />
      )}
    </Panel>
  );
};

/** What is held on a person, and its erasure. */
export const People = () => {
  const [id, setId] = useState('');
  const [kind, setKind] = useState<'users' | 'visitors'>('users');
  const [shown, setShown] = useState('');
  const path = `/v1/${kind}/${encodeURIComponent(id)}`;
  return (
    <section class="panel">
      <h2>People</h2>
      <div class="try">
        <label>
          Kind
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value as 'users' | 'visitors')}>
            <option value="users">user</option>
            <option value="visitors">visitor</option>
          </select>
        </label>
        <label>
          Id
          <input value={id} placeholder="demo-shopper-017" onInput={(event) => setId(event.currentTarget.value)} />
        </label>
      </div>
      <p>
        <Action
          label="Export"
          run={() => call('GET', `${path}/export`).then((value) => setShown(JSON.stringify(value, null, 2)))}
        />{' '}
        <Action
          label="Erase"
          confirm={`Erase all that is held on ${id}? This cannot be undone.`}
          run={() => call('DELETE', path).then((value) => setShown(JSON.stringify(value, null, 2)))}
        />
      </p>
      {shown && (
        <pre tabIndex={0} role="region" aria-label="Answer">
          {shown}
        </pre>
      )}
    </section>
  );
};
