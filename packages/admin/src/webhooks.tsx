import { useState } from 'preact/hooks';
import { call, type Schemas, time } from './api.js';
import { Action, Badge, Empty, Field, Page, Panel, useCall } from './parts.js';
import { ShownSecret } from './shown-secret.js';
import { WebhookLog } from './webhook-log.js';

type Webhook = Schemas['Webhook'];
type Made = Schemas['WebhookMade'];
type Told = Webhook['events'][number];

const EVENTS: Record<Told, string> = {
  'item.failed': 'A picture, clip or text of an item can’t be used',
  'model.promoted': 'Another model is live',
  'erasure.done': 'A person was erased',
};

/** `/v1/admin/webhooks/ID`, with what follows. */
const at = (id: string, rest = ''): string => `/v1/admin/webhooks/${encodeURIComponent(id)}${rest}`;

const NewWebhook = ({ made }: { made: (webhook: Made) => void }) => {
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [events, setEvents] = useState<Told[]>(Object.keys(EVENTS) as Told[]);
  const add = async () => {
    const webhook = await call<Made>('POST', '/v1/admin/webhooks', {
      url: url.trim(),
      events,
      ...(name.trim() ? { name: name.trim() } : {}),
    });
    setUrl('');
    setName('');
    made(webhook);
  };
  return (
    <section class="panel wide" aria-label="A new webhook">
      <div class="panel-head">
        <h2>A new webhook</h2>
      </div>
      <form class="form" onSubmit={(event) => event.preventDefault()}>
        <div class="form-wide">
          <Field label="Address" hint="https, and public; redirects are not followed">
            <input
              type="url"
              value={url}
              placeholder="https://shop.example/hooks/vitrine"
              onInput={(event) => setUrl(event.currentTarget.value)}
            />
          </Field>
        </div>
        <Field label="Name" hint="For people">
          <input
            value={name}
            maxLength={200}
            placeholder="the stock system"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </Field>
        <fieldset class="form-wide choices">
          <legend>It is told when</legend>
          {(Object.entries(EVENTS) as [Told, string][]).map(([type, about]) => (
            <label key={type}>
              <input
                type="checkbox"
                checked={events.includes(type)}
                onChange={(event) =>
                  setEvents(
                    (Object.keys(EVENTS) as Told[]).filter((one) =>
                      one === type ? event.currentTarget.checked : events.includes(one),
                    ),
                  )
                }
              />
              <span>
                {about} <code class="quiet">{type}</code>
              </span>
            </label>
          ))}
        </fieldset>
        <div class="form-actions">
          <Action label="Add webhook" kind="primary" run={add} disabled={url.trim() === '' || events.length === 0} />
        </div>
      </form>
    </section>
  );
};

const One = ({
  webhook,
  changed,
  rotated,
}: {
  webhook: Webhook;
  changed: () => void;
  rotated: (secret: string) => void;
}) => {
  const [open, setOpen] = useState(false);
  const name = webhook.name ?? webhook.url;
  return (
    <li class="card" data-id={webhook.id}>
      <div class="card-head">
        <strong>{name}</strong>
        <Badge tone={webhook.active ? 'good' : 'warn'}>{webhook.active ? 'told' : 'switched off'}</Badge>
      </div>
      {webhook.name && <code class="quiet">{webhook.url}</code>}
      <p class="queue-counts">
        {webhook.events.map((type) => (
          <Badge key={type}>{type}</Badge>
        ))}
        <span class="quiet">since {time(webhook.createdAt)}</span>
      </p>
      {webhook.note && <p class="note warn">{webhook.note}</p>}
      <div class="row-actions">
        <button
          type="button"
          aria-expanded={open}
          aria-label={`${open ? 'Hide' : 'Show'} the log of ${name}`}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Hide the log' : 'Show the log'}
        </button>
        <Action
          label="Send a test"
          name={`Send a test to ${name}`}
          disabled={!webhook.active}
          run={() => call('POST', at(webhook.id, '/test'), {}).then(() => setOpen(true))}
        />
        <Action
          label={webhook.active ? 'Switch off' : 'Switch on'}
          name={`Switch ${webhook.active ? 'off' : 'on'} ${name}`}
          run={() => call('PATCH', at(webhook.id), { active: !webhook.active }).then(changed)}
        />
        <Action
          label="New secret"
          name={`New secret for ${name}`}
          confirm="A new secret is made and shown once. For a day messages carry both signatures."
          run={() =>
            call<{ secret: string }>('POST', at(webhook.id, '/secret'), {}).then(({ secret }) => rotated(secret))
          }
        />
        <Action
          label="Remove"
          name={`Remove ${name}`}
          confirm="The webhook and its log are forgotten. What still waits to be sent is not sent."
          run={() => {
            // Its log would ask for what is no more.
            setOpen(false);
            return call('DELETE', at(webhook.id)).then(changed);
          }}
        />
      </div>
      {open && <WebhookLog id={webhook.id} name={name} />}
    </li>
  );
};

/** Who is told of what, signed, and how the telling went. */
export const Webhooks = () => {
  const webhooks = useCall<{ webhooks: Webhook[] }>('/v1/admin/webhooks', 5_000);
  const [secret, setSecret] = useState<{ text: string; of: string } | null>(null);
  return (
    <Page
      title="Webhooks"
      intro="Other systems that are told when something happens here. Each message is signed as Standard Webhooks say, and sent until it is taken: fifteen attempts in most of a day."
    >
      {secret && (
        <ShownSecret about={<>The secret of {secret.of}</>} text={secret.text} close={() => setSecret(null)}>
          <p>It checks the signature of what arrives; any library for Standard Webhooks takes it as it is.</p>
        </ShownSecret>
      )}
      <NewWebhook
        made={(webhook) => {
          setSecret({ text: webhook.secret, of: webhook.name ?? webhook.url });
          webhooks.again();
        }}
      />
      <Panel title="Webhooks" loaded={webhooks} height={140} wide>
        {(value) =>
          value.webhooks.length === 0 ? (
            <Empty title="Nobody is told yet">
              Add an address above: it hears of failed pictures, new models and erasures.
            </Empty>
          ) : (
            <ul class="cards">
              {value.webhooks.map((webhook) => (
                <One
                  key={webhook.id}
                  webhook={webhook}
                  changed={webhooks.again}
                  rotated={(text) => setSecret({ text, of: webhook.name ?? webhook.url })}
                />
              ))}
            </ul>
          )
        }
      </Panel>
    </Page>
  );
};
