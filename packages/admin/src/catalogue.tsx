import { call } from './api.js';
import { Action, Panel, Table, useCall } from './parts.js';

interface Quality {
  items: number;
  findings: {
    code: string;
    severity: string;
    count: number;
    examples: { id: string; detail?: string }[];
    advice: string;
  }[];
}

interface Jobs {
  counts: Record<string, { waiting: number; active: number; failed: number }>;
  failed: { id: string; name: string; error: string | null; failedAt: string | null }[];
}

/** What could be better about the data, and what to do. */
export const Catalogue = () => {
  const quality = useCall<Quality>('/v1/admin/quality');
  return (
    <Panel title="Findings" loaded={quality}>
      {(value) =>
        value.findings.length === 0 ? (
          <p class="quiet">Nothing to mend in {value.items} items.</p>
        ) : (
          value.findings.map((finding) => (
            <details key={finding.code} class={`finding ${finding.severity}`}>
              <summary>
                {finding.code.replaceAll('_', ' ')} <strong>{finding.count}</strong>
              </summary>
              <p>{finding.advice}</p>
              <Table
                caption={finding.code}
                head={['id', 'detail']}
                rows={finding.examples.map((example) => [example.id, example.detail ?? ''])}
                empty=""
              />
            </details>
          ))
        )
      }
    </Panel>
  );
};

/** Background work, and what failed of it. */
export const Jobs = () => {
  const jobs = useCall<Jobs>('/v1/admin/jobs');
  return (
    <Panel title="Jobs" loaded={jobs}>
      {(value) => (
        <>
          <Table
            caption="Queues"
            head={['job', 'waiting', 'running', 'failed']}
            rows={Object.entries(value.counts).map(([name, count]) => [
              name,
              count.waiting,
              count.active,
              count.failed,
            ])}
            empty="Nothing was queued lately."
          />
          <h3>Failed</h3>
          <Table
            caption="Failed jobs"
            head={['job', 'why', 'when', '']}
            rows={value.failed.map((job) => [
              job.name,
              job.error ?? '',
              job.failedAt ? new Date(job.failedAt).toLocaleString() : '',
              <Action
                key={job.id}
                label="Retry"
                run={() => call('POST', `/v1/admin/jobs/${job.id}/retry`, { name: job.name }).then(jobs.again)}
              />,
            ])}
            empty="None."
          />
        </>
      )}
    </Panel>
  );
};
