import { useState } from 'preact/hooks';
import { call, download, number, type Schemas, time, words } from './api.js';
import { Action, Badge, Empty, Failure, Field, Page, Panel, Table, useCall } from './parts.js';

type Export = Schemas['PersonalDataExport'];
type Receipt = Schemas['ErasureReceipt'];
type Kind = 'users' | 'visitors';

const Held = ({ held }: { held: Export }) => {
  const sections = Object.entries(held.sections);
  const sum = sections.reduce((total, [, rows]) => total + rows.length, 0);
  return (
    <div class="held">
      <p>
        <strong>{number(sum)}</strong> rows are held on{' '}
        {held.people.map(({ kind, id }) => (
          <Badge key={`${kind} ${id}`}>
            {kind} {id}
          </Badge>
        ))}
      </p>
      <Table
        caption="What is held"
        head={['What', 'Rows']}
        numbers={[1]}
        rows={sections.map(([name, rows]) => [words(name), number(rows.length)])}
        empty="Nothing."
      />
      <details>
        <summary>All of it</summary>
        <pre tabIndex={0} role="region" aria-label="Everything that is held">
          {JSON.stringify(held.sections, null, 2)}
        </pre>
      </details>
    </div>
  );
};

/** What is held on a person, handed out or erased; and the receipts. */
export const People = () => {
  const [id, setId] = useState('');
  const [kind, setKind] = useState<Kind>('users');
  const [held, setHeld] = useState<Export | null>(null);
  const [erased, setErased] = useState<Receipt | null>(null);
  const [error, setError] = useState('');
  const receipts = useCall<{ erasures: Omit<Receipt, 'verified'>[] }>('/v1/admin/erasures');
  const name = id.trim();
  const path = `/v1/${kind}/${encodeURIComponent(name)}`;
  const show = async () => {
    setErased(null);
    setError('');
    try {
      setHeld(await call<Export>('GET', `${path}/export`));
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  const erase = async () => {
    const receipt = await call<Receipt>('DELETE', path);
    setHeld(null);
    setErased(receipt);
    receipts.again();
  };
  return (
    <Page
      title="People"
      intro="What is held on one person: handed out to them, or erased with a receipt that proves it and names nobody."
    >
      <section class="panel wide" aria-label="One person">
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void show();
          }}
        >
          <Field label="Kind">
            <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
              <option value="users">user (signed in)</option>
              <option value="visitors">visitor (a browser)</option>
            </select>
          </Field>
          <Field label="Id">
            <input
              value={id}
              required
              maxLength={128}
              placeholder="demo-shopper-017"
              onInput={(event) => {
                setId(event.currentTarget.value);
                setHeld(null);
                setErased(null);
              }}
            />
          </Field>
          <div class="form-actions">
            <button type="submit" class="primary">
              Show what is held
            </button>
            {held && (
              <button type="button" onClick={() => download(`${kind}-${name}.json`, JSON.stringify(held, null, 2))}>
                Download
              </button>
            )}
            <Action
              label="Erase"
              kind="danger"
              disabled={name === ''}
              name={name ? `Erase ${name}` : undefined}
              confirm={`Events, history, consent and uploads of ${name} are removed for good${kind === 'users' ? ', with those of the browsers they signed in on' : ''}. Models that learned from them are marked to be learned again.`}
              run={erase}
            />
          </div>
        </form>
        {error && <Failure message={error} />}
        {held && <Held held={held} />}
        {erased && (
          <div class="notice good" role="status">
            <p>
              <strong>Erased.</strong> Receipt <code>{erased.receiptId}</code>, {time(erased.at)}
            </p>
            <p class="quiet">
              {Object.entries(erased.counts)
                .map(([what, count]) => `${words(what)} ${number(count)}`)
                .join(' · ')}
            </p>
            <button
              type="button"
              onClick={() => download(`receipt-${erased.receiptId}.json`, JSON.stringify(erased, null, 2))}
            >
              Download the receipt
            </button>
          </div>
        )}
      </section>
      <Panel
        title="Receipts"
        hint="The newest hundred. Each holds the hash of the one before: none can be taken out unseen."
        loaded={receipts}
        wide
      >
        {(value) =>
          value.erasures.length === 0 ? (
            <Empty title="Nobody was erased yet" />
          ) : (
            <Table
              caption="Receipts"
              head={['When', 'Receipt', 'Kind', 'Rows removed']}
              numbers={[3]}
              rows={value.erasures.map((receipt) => [
                time(receipt.at),
                <code key="r">{receipt.receiptId}</code>,
                receipt.kind,
                number(Object.values(receipt.counts).reduce((sum, count) => sum + count, 0)),
              ])}
              empty=""
            />
          )
        }
      </Panel>
    </Page>
  );
};
