import { useState } from 'preact/hooks';
import { call, type Schemas, time } from './api.js';
import { Action, Badge, Failure, Segments, Table, type Tone, useCall } from './parts.js';

type List = Schemas['WebhookDeliveries'];
type Delivery = Schemas['WebhookDelivery'];

const TONES: Record<Delivery['state'], Tone> = { pending: 'live', delivered: 'good', failed: 'bad' };
const WORDS: Record<Delivery['state'], string> = { pending: 'on its way', delivered: 'taken', failed: 'given up' };
type Which = 'all' | Delivery['state'];
const PAGE = 20;

/** What was sent to one receiver or is to be, newest first, with what is sent again by hand. */
export const WebhookLog = ({ id, name }: { id: string; name: string }) => {
  const [which, setWhich] = useState<Which>('all');
  const [limit, setLimit] = useState(PAGE);
  const path = `/v1/admin/webhooks/${encodeURIComponent(id)}/deliveries`;
  const log = useCall<List>(`${path}?limit=${limit}${which === 'all' ? '' : `&state=${which}`}`, 2_000);
  return (
    <section class="card-part" aria-label={`Messages to ${name}`} aria-busy={log.value === null && !log.error}>
      <Segments<Which>
        label="Which messages"
        value={which}
        options={[
          ['all', 'All'],
          ['pending', 'On their way'],
          ['delivered', 'Taken'],
          ['failed', 'Given up'],
        ]}
        onChange={(next) => {
          setWhich(next);
          setLimit(PAGE);
        }}
      />
      {log.error ? (
        <Failure message={log.error} again={log.again} />
      ) : log.value === null ? (
        <div class="waiting" style={{ height: '90px' }}>
          <i />
          <i />
        </div>
      ) : (
        <>
          <Table
            caption={`Messages to ${name}`}
            head={['Made', 'What', 'State', 'Attempts', 'Answer', '']}
            numbers={[3]}
            rows={log.value.deliveries.map((message) => [
              time(message.createdAt),
              <details key="w" class="message">
                <summary>
                  <code>{message.type}</code>
                </summary>
                <pre tabIndex={0}>{JSON.stringify(message.body, null, 2)}</pre>
              </details>,
              <Badge key="s" tone={TONES[message.state]}>
                {WORDS[message.state]}
              </Badge>,
              message.attempts,
              message.error ?? (message.status ? `HTTP ${message.status}` : '–'),
              message.state === 'pending' ? (
                ''
              ) : (
                <Action
                  key="r"
                  label="Send again"
                  name={`Send again: ${message.type} of ${time(message.createdAt)}`}
                  run={() => call('POST', `${path}/${encodeURIComponent(message.id)}/retry`, {}).then(log.again)}
                />
              ),
            ])}
            empty="Nothing was sent in the last thirty days."
          />
          {log.value.cursor && (
            <button type="button" onClick={() => setLimit(Math.min(limit + 40, 100))} disabled={limit >= 100}>
              {limit >= 100 ? 'Older ones: over the API' : 'Older ones'}
            </button>
          )}
        </>
      )}
    </section>
  );
};
