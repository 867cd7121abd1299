import { call, number, type Schemas, time } from './api.js';
import { Action, Badge, Empty, Page, Panel, Table, useCall } from './parts.js';

type Jobs = Schemas['Jobs'];

const WHAT: Record<string, string> = {
  'embedding.item': 'Pictures and words of an item into vectors',
  'training.run': 'Learning models from events',
  'fusion.refuse': 'Fusing vectors anew',
  'retrieval.rebuild': 'Building an index',
  'connect.feeds': 'Looking which feeds are due',
  'connect.feed': 'Reading a feed',
  'connect.webhooks': 'Looking whom to tell of what',
  'connect.webhook': 'Sending a message to a webhook',
  'privacy.retention': 'Removing what is too old to keep',
  'interactions.sweep': 'Clearing expired uploads',
  'platform.sweep': 'Clearing what is done',
};

/** Background work, and what failed of it. */
export const Jobs = () => {
  const jobs = useCall<Jobs>('/v1/admin/jobs', 3_000);
  const retryAll = async () => {
    for (const { id, name } of jobs.value?.failed ?? [])
      await call('POST', `/v1/admin/jobs/${encodeURIComponent(id)}/retry`, { name });
    jobs.again();
  };
  return (
    <Page
      title="Jobs"
      intro="Work in the background. A job that fails is tried again by itself, and kept here when it has used up its tries."
    >
      <Panel title="Queues" loaded={jobs} height={150} wide>
        {({ counts }) =>
          Object.keys(counts).length === 0 ? (
            <Empty title="Nothing was queued lately" />
          ) : (
            <ul class="queues">
              {Object.entries(counts).map(([name, count]) => {
                const open = count.waiting + count.active;
                return (
                  <li key={name}>
                    <div>
                      <strong>{name}</strong>
                      <span class="quiet">{WHAT[name] ?? ''}</span>
                    </div>
                    <div class="queue-counts">
                      {open > 0 && <progress aria-label={`${name} runs`} />}
                      <Badge tone={count.active ? 'live' : 'plain'}>{number(count.active)} running</Badge>
                      <Badge tone={count.waiting ? 'warn' : 'plain'}>{number(count.waiting)} waiting</Badge>
                      <Badge tone={count.failed ? 'bad' : 'good'}>{number(count.failed)} failed</Badge>
                    </div>
                  </li>
                );
              })}
            </ul>
          )
        }
      </Panel>
      <Panel
        title="Failed"
        loaded={jobs}
        wide
        actions={jobs.value && jobs.value.failed.length > 1 && <Action label="Retry all" run={retryAll} />}
      >
        {({ failed }) =>
          failed.length === 0 ? (
            <Empty title="None failed">What fails for good is kept for two weeks.</Empty>
          ) : (
            <Table
              caption="Failed jobs"
              head={['Job', 'About', 'Why', 'When', '']}
              rows={failed.map((job) => [
                job.name,
                <code key="d">{JSON.stringify(job.data)}</code>,
                job.error ?? 'no reason was given',
                time(job.failedAt),
                <Action
                  key={job.id}
                  label="Retry"
                  name={`Retry ${job.name}`}
                  run={() =>
                    call('POST', `/v1/admin/jobs/${encodeURIComponent(job.id)}/retry`, { name: job.name }).then(
                      jobs.again,
                    )
                  }
                />,
              ])}
              empty=""
            />
          )
        }
      </Panel>
    </Page>
  );
};
