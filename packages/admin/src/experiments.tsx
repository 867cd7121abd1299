import { useState } from 'preact/hooks';
import { call, number, percent, type Schemas, time, words } from './api.js';
import { Intervals } from './chart.js';
import { Action, Badge, Bar, Empty, Failure, Field, Page, Panel, type Tone, useCall } from './parts.js';

type Experiment = Schemas['Experiment'];
type Result = Schemas['ExperimentResult'];
type Input = Schemas['ExperimentInput'];
type Model = Schemas['Model'];

const tones: Record<Experiment['state'], Tone> = { running: 'live', draft: 'plain', stopped: 'plain' };
const verdicts: Record<string, Tone> = { better: 'good', worse: 'bad', undecided: 'plain' };

const inputOf = ({ name, placement, state, allocation, metric, minimumEffect, arms }: Experiment): Input => ({
  name,
  placement,
  state,
  allocation,
  metric,
  minimumEffect,
  arms: arms.map((arm) => ({
    name: arm.name,
    models: arm.models,
    ...(allocation === 'split' ? { share: arm.share } : {}),
  })),
});

const Outcome = ({ id }: { id: string }) => {
  const result = useCall<Result>(`/v1/admin/experiments/${encodeURIComponent(id)}/result`, 15_000);
  if (result.error) return <Failure message={result.error} again={result.again} />;
  if (!result.value) return <div class="waiting" style={{ height: '120px' }} />;
  const { arms, differences, sampleSize, notes, metric } = result.value;
  return (
    <>
      <div class="judged">
        <div>
          <h3>Visitors who did “{words(metric)}”</h3>
          <Intervals
            rows={arms.map(({ name, rate }) => ({ label: name, ...rate }))}
            about="Rates of the arms with 95 % intervals"
          />
          <p class="hint">
            {arms
              .map(({ name, exposed, converted }) => `${name}: ${number(converted)} of ${number(exposed)}`)
              .join(' · ')}
          </p>
        </div>
        {differences.length > 0 && (
          <div>
            <h3>Difference to {differences[0]!.baseline}, to be looked at at any time</h3>
            <Intervals
              rows={differences.map((one) => ({ label: one.arm, value: one.value, low: one.low, high: one.high }))}
              at={0}
              about="Differences to the first arm"
            />
            <p>
              {differences.map((one) => (
                <Badge key={one.arm} tone={verdicts[one.verdict] ?? 'plain'}>
                  {one.arm}: {one.verdict}
                </Badge>
              ))}
            </p>
          </div>
        )}
      </div>
      {sampleSize.perArm !== null && (
        <Bar
          label={`of ${number(sampleSize.perArm)} visitors an arm needs`}
          share={Math.min(1, sampleSize.reached ?? 0)}
        />
      )}
      {notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
    </>
  );
};

/** Comparisons of models with the shop's own visitors. */
export const Experiments = () => {
  const experiments = useCall<{ experiments: Experiment[] }>('/v1/admin/experiments', 15_000);
  const models = useCall<{ models: Model[] }>('/v1/admin/models?limit=200');
  const [form, setForm] = useState({
    name: '',
    placement: '',
    metric: 'click' as NonNullable<Input['metric']>,
    allocation: 'split' as NonNullable<Input['allocation']>,
    blend: '',
    behaviour: '',
    fusion: '',
  });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const put = (id: string, input: Input) =>
    call('PUT', `/v1/admin/experiments/${encodeURIComponent(id)}`, input).then(experiments.again);
  const start = () =>
    put(
      `${form.name
        .trim()
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .slice(0, 60)}-${Date.now().toString(36)}`,
      {
        name: form.name.trim(),
        placement: form.placement || null,
        metric: form.metric,
        allocation: form.allocation,
        arms: [
          { name: 'as served' },
          {
            name: 'challenger',
            models: {
              ...(form.blend ? { blend: form.blend } : {}),
              ...(form.behaviour ? { behaviour: form.behaviour } : {}),
              ...(form.fusion ? { fusion: form.fusion } : {}),
            },
          },
        ],
      },
    ).then(() => set({ name: '' }));
  const versions = (kind: 'blend' | 'behaviour' | 'fusion') => (
    <select
      aria-label={`${kind} of the challenger`}
      value={form[kind]}
      onChange={(event) => set({ [kind]: event.currentTarget.value })}
    >
      <option value="">as served</option>
      {(models.value?.models ?? [])
        .filter((model) => model.kind === kind && model.state !== 'failed')
        .map((model) => (
          <option key={model.version} value={model.version}>
            {model.version} ({model.state})
          </option>
        ))}
    </select>
  );
  return (
    <Page
      title="Experiments"
      intro="Two models, the shop’s own visitors, and intervals that may be looked at at any time without fooling oneself."
    >
      <section class="panel wide" aria-label="A new experiment">
        <div class="panel-head">
          <h2>A new one</h2>
        </div>
        <form class="form" onSubmit={(event) => event.preventDefault()}>
          <Field label="Name">
            <input
              value={form.name}
              maxLength={200}
              placeholder="More of the pictures"
              onInput={(event) => set({ name: event.currentTarget.value })}
            />
          </Field>
          <Field label="Where">
            <select value={form.placement} onChange={(event) => set({ placement: event.currentTarget.value })}>
              <option value="">everywhere</option>
              {['home', 'product', 'cart', 'category'].map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          <Field label="What counts">
            <select
              value={form.metric}
              onChange={(event) => set({ metric: event.currentTarget.value as typeof form.metric })}
            >
              {['click', 'add_to_cart', 'purchase'].map((name) => (
                <option key={name} value={name}>
                  {words(name)}
                </option>
              ))}
            </select>
          </Field>
          <Field
            label="Visitors"
            hint={form.allocation === 'split' ? 'Half each: for a comparison' : 'What does better gets more of them'}
          >
            <select
              value={form.allocation}
              onChange={(event) => set({ allocation: event.currentTarget.value as typeof form.allocation })}
            >
              <option value="split">split evenly</option>
              <option value="thompson">a bandit</option>
            </select>
          </Field>
          <Field label="Blend of the challenger">{versions('blend')}</Field>
          <Field label="Behaviour model of the challenger">{versions('behaviour')}</Field>
          <Field label="Fusion model of the challenger">{versions('fusion')}</Field>
          <div class="form-actions">
            <Action
              label="Start"
              kind="primary"
              run={start}
              disabled={form.name.trim() === '' || (form.blend === '' && form.behaviour === '' && form.fusion === '')}
            />
          </div>
        </form>
      </section>
      <Panel title="Experiments" loaded={experiments} height={160} wide>
        {(value) =>
          value.experiments.length === 0 ? (
            <Empty title="None yet">Name one above and choose what the challenger serves with.</Empty>
          ) : (
            <ul class="models">
              {value.experiments.map((one) => (
                <li key={one.id} class={one.state === 'running' ? 'model live' : 'model'}>
                  <div class="model-head">
                    <div>
                      <strong>{one.name}</strong> <Badge tone={tones[one.state]}>{one.state}</Badge>
                      <p class="quiet">
                        {one.placement ?? 'everywhere'} · {one.allocation} · since{' '}
                        {time(one.startedAt ?? one.createdAt)} ·{' '}
                        {one.arms.map((arm) => `${arm.name} ${percent(arm.share)}`).join(', ')}
                      </p>
                    </div>
                    <span class="row-actions">
                      {one.state === 'running' && (
                        <Action
                          label="Stop"
                          name={`Stop ${one.name}`}
                          confirm="Everybody is served as without it; what was counted stays."
                          run={() => put(one.id, { ...inputOf(one), state: 'stopped' })}
                        />
                      )}
                      <Action
                        label="Forget"
                        name={`Forget ${one.name}`}
                        confirm="The experiment is removed; impressions keep what was logged."
                        run={() =>
                          call('DELETE', `/v1/admin/experiments/${encodeURIComponent(one.id)}`).then(experiments.again)
                        }
                      />
                    </span>
                  </div>
                  {one.state !== 'draft' && <Outcome id={one.id} />}
                </li>
              ))}
            </ul>
          )
        }
      </Panel>
    </Page>
  );
};
