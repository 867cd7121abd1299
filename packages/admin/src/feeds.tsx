import { useState } from 'preact/hooks';
import { call, number, type Schemas, time } from './api.js';
import { FeedForm } from './feed-form.js';
import { Action, Badge, Empty, Page, Panel, type Tone, useCall } from './parts.js';
import { RejectedRows } from './rejected-rows.js';

type Feed = Schemas['Feed'];
type Run = NonNullable<Feed['lastRun']>;

const STATES: Record<Feed['state'], [tone: Tone, word: string]> = {
  waiting: ['good', 'waits for its turn'],
  running: ['live', 'running'],
  paused: ['plain', 'paused'],
};
const OUTCOMES: Record<Run['outcome'], [tone: Tone, word: string]> = {
  done: ['good', 'taken in'],
  unchanged: ['plain', 'nothing new'],
  suspicious: ['warn', 'suspicious'],
  failed: ['bad', 'failed'],
};

/** `/v1/admin/feeds/ID`, with what follows. */
const at = (id: string, rest = ''): string => `/v1/admin/feeds/${encodeURIComponent(id)}${rest}`;

/** "every hour", "every 90 minutes": minutes in words. */
const every = (minutes: number): string => {
  const [amount, unit] =
    minutes % 1440 === 0 ? [minutes / 1440, 'day'] : minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return amount === 1 ? `every ${unit}` : `every ${number(amount)} ${unit}s`;
};

const LastRun = ({ run }: { run: Run }) => {
  const [tone, word] = OUTCOMES[run.outcome];
  const counts: [name: string, count: number][] = [
    ['read', run.read],
    ['new or changed', run.accepted],
    ['unchanged', run.unchanged],
    ['rejected', run.rejected],
    ['discontinued', run.discontinued],
  ];
  return (
    <div class="card-part">
      <p class="queue-counts">
        <Badge tone={tone}>{word}</Badge> <span class="quiet">{time(run.finishedAt)}</span>
        {run.outcome !== 'unchanged' &&
          counts.map(([name, count]) => (
            <span key={name} class="quiet number">
              {number(count)} {name}
            </span>
          ))}
      </p>
      {run.message && <p class={`note ${tone}`}>{run.message}</p>}
    </div>
  );
};

const One = ({ feed, changed, edit }: { feed: Feed; changed: () => void; edit: () => void }) => {
  const [tone, word] = STATES[feed.state];
  const name = feed.name ?? feed.id;
  const run = feed.lastRun;
  const ask = (method: string, path: string, body?: unknown) => call(method, path, body).then(changed);
  return (
    <li class="card" data-id={feed.id}>
      <div class="card-head">
        <strong>{name}</strong>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <code class="quiet">{feed.url}</code>
      <p class="quiet">
        {every(feed.everyMinutes)} · {feed.format ?? 'format recognised by itself'} · gives {number(feed.items)} items ·
        what vanishes is {feed.vanished === 'keep' ? 'left as it is' : 'discontinued'}
        {feed.nextRunAt && feed.state === 'waiting' && <> · next {time(feed.nextRunAt)}</>}
      </p>
      {feed.state === 'running' && <progress aria-label={`${name} is being read`} />}
      {run ? <LastRun run={run} /> : feed.state !== 'running' && <p class="quiet">Not polled yet.</p>}
      <div class="row-actions">
        <Action
          label="Poll now"
          name={`Poll now: ${name}`}
          disabled={feed.state === 'running'}
          run={() => ask('POST', at(feed.id, '/run'), {})}
        />
        {run?.outcome === 'suspicious' && (
          <Action
            label="It is right: accept"
            name={`It is right: accept what ${name} lost`}
            confirm="The feed is read once more, and every item that it gives no longer is discontinued, however many they are."
            run={() => ask('POST', at(feed.id, '/run'), { accept: true })}
          />
        )}
        {run?.importId && run.rejected > 0 && <RejectedRows importId={run.importId} of={name} />}
        <Action
          label={feed.paused ? 'Resume' : 'Pause'}
          name={`${feed.paused ? 'Resume' : 'Pause'} ${name}`}
          run={() => ask('PATCH', at(feed.id), { paused: !feed.paused })}
        />
        <button type="button" aria-label={`Edit ${name}`} onClick={edit}>
          Edit
        </button>
        <Action
          label="Remove"
          name={`Remove ${name}`}
          confirm="The feed is forgotten. Its items stay as they are, and nothing polls it any longer."
          run={() => ask('DELETE', at(feed.id))}
        />
      </div>
    </li>
  );
};

/** Feeds that Vitrine fetches by itself: what they give, how the last poll went, and when the next one is. */
export const Feeds = () => {
  const feeds = useCall<{ feeds: Feed[] }>('/v1/admin/feeds', 2_000);
  const [edited, setEdited] = useState<Feed | null>(null);
  return (
    <Page
      title="Feeds"
      intro="Addresses that are asked for the catalogue by themselves, every so many minutes. What vanishes from a feed is discontinued; a feed that is suddenly half empty discontinues nothing until somebody says that it is right."
    >
      <FeedForm
        key={edited?.id ?? 'new'}
        feed={edited}
        saved={() => {
          setEdited(null);
          feeds.again();
        }}
        cancel={() => setEdited(null)}
      />
      <Panel title="Feeds" loaded={feeds} height={170} wide>
        {(value) =>
          value.feeds.length === 0 ? (
            <Empty title="No feed yet">
              Add an address above, or <code>npx vitrine feeds add URL</code>
            </Empty>
          ) : (
            <ul class="cards">
              {value.feeds.map((feed) => (
                <One
                  key={feed.id}
                  feed={feed}
                  changed={feeds.again}
                  edit={() => {
                    setEdited(feed);
                    document.getElementById('main')?.scrollIntoView();
                  }}
                />
              ))}
            </ul>
          )
        }
      </Panel>
    </Page>
  );
};
