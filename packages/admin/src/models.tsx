import { useState } from 'preact/hooks';
import { call, number, type Schemas, time, words } from './api.js';
import { COLOURS, type Interval, Intervals } from './chart.js';
import { Action, Badge, Bar, Empty, Page, Panel, Segments, Table, type Tone, useCall } from './parts.js';

type Model = Schemas['Model'];
type Run = Schemas['TrainingRun'];

interface Weight {
  modality: string;
  mean: number;
  byCategory?: Record<string, number>;
  note?: string;
}

interface Judged {
  cases?: number;
  split?: string;
  against?: string;
  metrics?: Record<string, Interval>;
  baseline?: Record<string, Interval>;
  difference?: Record<string, Interval>;
  others?: Record<string, unknown>;
}

const KINDS = ['fusion', 'behaviour', 'blend'] as const;
const tones: Record<string, Tone> = {
  live: 'live',
  candidate: 'plain',
  retired: 'plain',
  rejected: 'warn',
  failed: 'bad',
};
const runTones: Record<string, Tone> = {
  done: 'good',
  running: 'live',
  queued: 'plain',
  failed: 'bad',
  skipped: 'warn',
};
const judgedOf = (model: Model): Judged => (model.metrics ?? {}) as Judged;
const isInterval = (value: unknown): value is Interval =>
  typeof value === 'object' && value !== null && 'low' in value && 'high' in value;
const rowsOf = (intervals: Record<string, unknown> | undefined) =>
  Object.entries(intervals ?? {}).flatMap(([label, value]) => (isInterval(value) ? [{ label, ...value }] : []));

/** Shares of modalities, one bar of parts a category. */
const Weights = ({ model }: { model: Model }) => {
  const weights = (model.parameters.weights ?? []) as Weight[];
  const categories = [...new Set(weights.flatMap(({ byCategory }) => Object.keys(byCategory ?? {})))];
  if (weights.length === 0) return <Empty title="This fusion model lists no weights" />;
  return (
    <>
      <ul class="legend">
        {weights.map(({ modality }, at) => (
          <li key={modality}>
            <i style={{ background: COLOURS[at % COLOURS.length] }} />
            {modality}
          </li>
        ))}
      </ul>
      <div class="stacks">
        {['All', ...categories].map((category) => {
          const shares = weights.map(({ mean, byCategory }) =>
            category === 'All' ? mean : (byCategory?.[category] ?? 0),
          );
          const sum = shares.reduce((total, share) => total + share, 0) || 1;
          const said = weights
            .map(({ modality }, at) => `${modality} ${Math.round((shares[at]! / sum) * 100)} %`)
            .join(', ');
          return (
            <div key={category} class="stack-row">
              <span>{category === 'All' ? <strong>Whole catalogue</strong> : category}</span>
              <div class="stack tall" role="img" aria-label={`${category}: ${said}`}>
                {shares.map((share, at) => (
                  <i
                    key={weights[at]!.modality}
                    style={{ flexGrow: share / sum, background: COLOURS[at % COLOURS.length] }}
                  >
                    {share / sum > 0.09 ? `${Math.round((share / sum) * 100)} %` : ''}
                  </i>
                ))}
              </div>
            </div>
          );
        })}
      </div>
      {weights.some(({ note }) => note) && (
        <p class="hint">{weights.flatMap(({ modality, note }) => (note ? `${modality}: ${note}` : [])).join(' · ')}</p>
      )}
    </>
  );
};

/** Weights of the sources of a blend at one placement. */
const BlendWeights = ({ model }: { model: Model }) => {
  const placements = (model.parameters.placements ?? {}) as Record<string, Record<string, number>>;
  const names = Object.keys(placements);
  const [placement, setPlacement] = useState(names[0] ?? '*');
  const weights = Object.entries(placements[placement] ?? {}).sort((a, b) => b[1] - a[1]);
  const most = Math.max(...weights.map(([, weight]) => weight), 1e-9);
  return (
    <>
      <Segments
        label="Placement"
        value={placement}
        options={names.map((name) => [name, name === '*' ? 'all others' : name] as const)}
        onChange={setPlacement}
      />
      <div class="sources">
        {weights.map(([source, weight], at) => (
          <div class="bar-row" key={source}>
            <span>{words(source)}</span>
            <div class="bar" role="img" aria-label={`${source} ${weight.toFixed(2)}`}>
              <i style={{ width: `${(weight / most) * 100}%`, background: COLOURS[at % COLOURS.length] }} />
            </div>
            <span class="number">{weight.toFixed(2)}</span>
          </div>
        ))}
      </div>
    </>
  );
};

const Card = ({ model, again }: { model: Model; again: () => void }) => {
  const judged = judgedOf(model);
  const differences = rowsOf(judged.difference);
  const values = rowsOf(judged.metrics);
  return (
    <li class={model.state === 'live' ? 'model live' : 'model'}>
      <div class="model-head">
        <div>
          <strong>{model.version}</strong>{' '}
          <Badge tone={tones[model.state] ?? 'plain'}>{model.state === 'live' ? 'serves now' : model.state}</Badge>{' '}
          {model.stale && <Badge tone="warn">to be learned again</Badge>}
          <p class="quiet">
            {model.note ?? ''} {model.note ? '· ' : ''}made {time(model.createdAt)}
            {model.promotedAt ? ` · live since ${time(model.promotedAt)}` : ''}
          </p>
        </div>
        {model.state === 'live' ? (
          <Action
            label="Roll back"
            name={`Roll back ${model.kind}`}
            confirm={`The ${model.kind} model that was live before ${model.version} serves again, in every process within a second or two.`}
            run={() => call('POST', '/v1/admin/models/rollback', { kind: model.kind }).then(again)}
          />
        ) : (
          model.state !== 'failed' && (
            <Action
              label="Promote"
              name={`Promote ${model.version}`}
              confirm={`${model.version} serves from now on, in every process within a second or two. The one before can be rolled back to.`}
              run={() => call('POST', `/v1/admin/models/${encodeURIComponent(model.version)}/promote`, {}).then(again)}
            />
          )
        )}
      </div>
      {(values.length > 0 || differences.length > 0) && (
        <div class="judged">
          {values.length > 0 && (
            <div>
              <h3>On the held-back part{judged.cases ? `, ${number(judged.cases)} cases` : ''}</h3>
              <Intervals rows={values} about={`Metrics of ${model.version}`} />
            </div>
          )}
          {differences.length > 0 && (
            <div>
              <h3>Difference to {judged.against ?? 'the model before'}</h3>
              <Intervals rows={differences} at={0} about={`Difference of ${model.version}`} />
            </div>
          )}
        </div>
      )}
    </li>
  );
};

/** What was learned, how it was judged, and the way back. */
export const Models = () => {
  const [kind, setKind] = useState<(typeof KINDS)[number]>('fusion');
  const models = useCall<{ models: Model[] }>('/v1/admin/models?limit=200', 10_000);
  const runs = useCall<{ runs: Run[] }>('/v1/admin/training', 3_000);
  const again = () => {
    models.again();
    runs.again();
  };
  const of = (all: Model[]) =>
    all
      .filter((model) => model.kind === kind)
      .sort(
        (a, b) => Number(b.state === 'live') - Number(a.state === 'live') || b.createdAt.localeCompare(a.createdAt),
      );
  return (
    <Page
      title="Models"
      intro="What was learned from behaviour, how it did on the part held back, and the way back. A model goes live only when its interval does not say worse."
      actions={
        <Action label="Train now" kind="primary" run={() => call('POST', '/v1/admin/training', {}).then(again)} />
      }
    >
      <Segments
        label="Kind"
        value={kind}
        options={[
          ['fusion', 'Fusion: what counts in a product'],
          ['behaviour', 'Behaviour: what people do'],
          ['blend', 'Blend: what counts in a list'],
        ]}
        onChange={setKind}
      />
      {kind !== 'behaviour' && (
        <Panel
          title="Learned weights"
          hint={
            kind === 'fusion'
              ? 'How much each kind of evidence counts in the one vector of a product, on average over the catalogue and by category.'
              : 'How much each source counts when a list is made, before it is scaled to what is known of the visitor.'
          }
          loaded={models}
          height={200}
          wide
        >
          {(value) => {
            const live = value.models.find((model) => model.kind === kind && model.state === 'live');
            if (!live) return <Empty title={`No ${kind} model serves yet`} />;
            return kind === 'fusion' ? <Weights model={live} /> : <BlendWeights model={live} />;
          }}
        </Panel>
      )}
      {kind === 'behaviour' && (
        <Panel
          title="What it is made of"
          hint="Families of models and their share in the mix."
          loaded={models}
          height={140}
          wide
        >
          {(value) => {
            const live = value.models.find((model) => model.kind === kind && model.state === 'live');
            const sources = Object.entries((live?.parameters.sources ?? {}) as Record<string, { weight?: number }>);
            const sum = sources.reduce((total, [, { weight = 0 }]) => total + weight, 0) || 1;
            return sources.length === 0 ? (
              <Empty title="Nothing was learned from behaviour yet" />
            ) : (
              sources
                .sort((a, b) => (b[1].weight ?? 0) - (a[1].weight ?? 0))
                .map(([name, { weight = 0 }], at) => (
                  <Bar key={name} label={words(name)} share={weight / sum} colour={COLOURS[at % COLOURS.length]} />
                ))
            );
          }}
        </Panel>
      )}
      <Panel title="Registry" loaded={models} height={240} wide>
        {(value) =>
          of(value.models).length === 0 ? (
            <Empty title="Nothing was learned yet">It needs events: views, carts, purchases.</Empty>
          ) : (
            <ul class="models">
              {of(value.models).map((model) => (
                <Card key={model.version} model={model} again={again} />
              ))}
            </ul>
          )
        }
      </Panel>
      <Panel title="Training" loaded={runs} height={120} wide>
        {(value) => (
          <Table
            caption="Training runs"
            head={['Started', 'State', 'Step', 'Progress', 'Why']}
            rows={value.runs.map((run) => [
              time(run.createdAt),
              <Badge key="s" tone={runTones[run.state] ?? 'plain'}>
                {run.state}
              </Badge>,
              run.step ?? '',
              <progress
                key="p"
                max={1}
                value={run.progress}
                aria-label={`Progress of the run of ${time(run.createdAt)}`}
              />,
              run.reason ?? '',
            ])}
            empty="No run yet."
          />
        )}
      </Panel>
    </Page>
  );
};
