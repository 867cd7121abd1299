import { call } from './api.js';
import { Action, Bar, Panel, Table, useCall } from './parts.js';

interface Interval {
  value: number;
  low: number;
  high: number;
}

interface Model {
  kind: string;
  version: string;
  state: string;
  parameters: { weights?: { modality: string; mean: number; byCategory?: Record<string, number> }[] };
  metrics: { metrics?: Record<string, Interval>; difference?: Record<string, Interval>; against?: string } | null;
  note: string | null;
  stale: boolean;
  createdAt: string;
}

interface Run {
  id: string;
  state: string;
  progress: number;
  step: string | null;
  reason: string | null;
  createdAt: string;
}

const figure = (interval: Interval | undefined): string =>
  interval ? `${interval.value.toFixed(3)} (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})` : '–';

/** What was learned, how it was judged, and the way back. */
export const Models = () => {
  const models = useCall<{ models: Model[] }>('/v1/admin/models');
  const runs = useCall<{ runs: Run[] }>('/v1/admin/training');
  const again = () => {
    models.again();
    runs.again();
  };
  return (
    <>
      <Panel title="Learned weights" loaded={models}>
        {(value) => {
          const live = value.models.find((model) => model.kind === 'fusion' && model.state === 'live');
          const weights = live?.parameters.weights ?? [];
          return weights.length === 0 ? (
            <p class="quiet">The live fusion model lists no weights.</p>
          ) : (
            <>
              <p class="quiet">
                How much each kind of evidence counts in {live!.version}, on average over the catalogue.
              </p>
              {weights.map((weight) => (
                <Bar key={weight.modality} label={weight.modality} share={weight.mean} />
              ))}
            </>
          );
        }}
      </Panel>
      <Panel title="Models" loaded={models}>
        {(value) => (
          <>
            <Table
              caption="Models"
              head={['kind', 'version', 'state', 'recall', 'difference', '']}
              rows={value.models.map((model) => [
                model.kind,
                model.version,
                model.stale ? `${model.state}, to be learned again` : model.state,
                figure(model.metrics?.metrics?.['recall@20'] ?? model.metrics?.metrics?.['recall@10']),
                figure(model.metrics?.difference?.['recall@20'] ?? model.metrics?.difference?.['recall@10']),
                model.state === 'live' ? (
                  <Action
                    key="back"
                    label="Roll back"
                    confirm={`Go back to the ${model.kind} model before?`}
                    run={() => call('POST', '/v1/admin/models/rollback', { kind: model.kind }).then(again)}
                  />
                ) : (
                  <Action
                    key="up"
                    label="Promote"
                    confirm={`Let ${model.version} serve?`}
                    run={() =>
                      call('POST', `/v1/admin/models/${encodeURIComponent(model.version)}/promote`, {}).then(again)
                    }
                  />
                ),
              ])}
              empty="Nothing was learned yet."
            />
          </>
        )}
      </Panel>
      <Panel title="Training" loaded={runs}>
        {(value) => (
          <>
            <Action label="Train now" run={() => call('POST', '/v1/admin/training', {}).then(again)} />
            <Table
              caption="Training runs"
              head={['started', 'state', 'step', 'progress', 'why']}
              rows={value.runs.map((run) => [
                new Date(run.createdAt).toLocaleString(),
                run.state,
                run.step ?? '',
                <progress key="p" max={1} value={run.progress} aria-label="progress" />,
                run.reason ?? '',
              ])}
              empty="No run yet."
            />
          </>
        )}
      </Panel>
    </>
  );
};
