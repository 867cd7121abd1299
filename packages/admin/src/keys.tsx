import { useState } from 'preact/hooks';
import { call, type Schemas, time } from './api.js';
import { Action, Badge, Field, Page, Panel, Table, useCall } from './parts.js';
import { ShownSecret } from './shown-secret.js';

type Key = Schemas['Key'];
type Made = Schemas['MadeKey'];
type Role = Key['role'];

const ABOUT: Record<Role, string> = {
  publishable: 'For pages: acts for the one visitor whose token it holds. No secret.',
  server: 'For the shop’s back end: catalogue, events, recommendations for anybody.',
  admin: 'For people who run it: everything, this page included.',
};

const Shown = ({
  made,
  old,
  revoke,
  close,
}: {
  made: Made;
  old: Key | null;
  revoke: () => Promise<unknown>;
  close: () => void;
}) => (
  <ShownSecret about={<>The new {made.role} key</>} text={made.key} close={close}>
    {old && (
      <p>
        Put it in place first; the old one works until you revoke it.{' '}
        <Action
          label="Revoke the old key"
          kind="danger"
          confirm="Calls with the old key are refused from now on, by every process."
          run={revoke}
        />
      </p>
    )}
  </ShownSecret>
);

/** Keys: made, shown once, rotated, revoked. */
export const Keys = () => {
  const keys = useCall<{ keys: Key[] }>('/v1/admin/keys');
  const [role, setRole] = useState<Role>('publishable');
  const [name, setName] = useState('');
  const [origins, setOrigins] = useState('');
  const [made, setMade] = useState<{ key: Made; old: Key | null } | null>(null);
  const make = async (input: { role: Role; name?: string; origins?: string[] }, old: Key | null) => {
    const key = await call<Made>('POST', '/v1/admin/keys', input);
    setMade({ key, old });
    setName('');
    setOrigins('');
    keys.again();
  };
  const revoke = (id: string) => call('DELETE', `/v1/admin/keys/${encodeURIComponent(id)}`).then(keys.again);
  const listed = origins.split(/[\s,]+/).filter(Boolean);
  return (
    <Page
      title="Keys"
      intro="Who may call. Server and admin keys are stored hashed: their text is shown once, when they are made."
    >
      {made && (
        <Shown
          made={made.key}
          old={made.old}
          revoke={() => revoke(made.old!.id).then(() => setMade({ ...made, old: null }))}
          close={() => setMade(null)}
        />
      )}
      <section class="panel wide" aria-label="A new key">
        <div class="panel-head">
          <h2>A new key</h2>
        </div>
        <form class="form" onSubmit={(event) => event.preventDefault()}>
          <Field label="Role" hint={ABOUT[role]}>
            <select value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
              {Object.keys(ABOUT).map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </Field>
          <Field label="Name" hint="For people: where it is used.">
            <input
              value={name}
              maxLength={200}
              placeholder="web shop"
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </Field>
          {role === 'publishable' && (
            <Field label="Origins" hint="Pages that may use it; empty: those of VITRINE_ORIGINS.">
              <input
                value={origins}
                placeholder="https://shop.example"
                onInput={(event) => setOrigins(event.currentTarget.value)}
              />
            </Field>
          )}
          <div class="form-actions">
            <Action
              label="Make the key"
              kind="primary"
              run={() =>
                make(
                  {
                    role,
                    ...(name.trim() ? { name: name.trim() } : {}),
                    ...(role === 'publishable' && listed.length ? { origins: listed } : {}),
                  },
                  null,
                )
              }
            />
          </div>
        </form>
      </section>
      <Panel title="Keys" loaded={keys} height={200} wide>
        {(value) => (
          <Table
            caption="Keys"
            head={['Role', 'Name', 'Text', 'Made', 'Last used', '']}
            rows={[...value.keys]
              .sort((a, b) => Number(a.revokedAt !== null) - Number(b.revokedAt !== null))
              .map((key) => [
                <Badge key="r" tone={key.revokedAt ? 'plain' : key.role === 'admin' ? 'warn' : 'live'}>
                  {key.role}
                </Badge>,
                <>
                  {key.name ?? key.id}
                  {key.origins.length > 0 && <small class="quiet block">{key.origins.join(', ')}</small>}
                </>,
                key.readable ? <code>{key.readable}</code> : <span class="quiet">hashed</span>,
                time(key.createdAt),
                time(key.lastUsedAt),
                key.revokedAt ? (
                  <span class="quiet">revoked {time(key.revokedAt)}</span>
                ) : (
                  <span class="row-actions">
                    <Action
                      key={`rotate ${key.id}`}
                      label="Rotate"
                      name={`Rotate ${key.name ?? key.id}`}
                      run={() =>
                        make(
                          {
                            role: key.role,
                            ...(key.name ? { name: key.name } : {}),
                            ...(key.origins.length ? { origins: key.origins } : {}),
                          },
                          key,
                        )
                      }
                    />
                    <Action
                      key={`revoke ${key.id}`}
                      label="Revoke"
                      name={`Revoke ${key.name ?? key.id}`}
                      confirm="Calls with this key are refused from now on, by every process. If you signed in with it, you are signed out."
                      run={() => revoke(key.id)}
                    />
                  </span>
                ),
              ])}
            empty="No keys."
          />
        )}
      </Panel>
    </Page>
  );
};
