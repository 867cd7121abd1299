import { useState } from 'preact/hooks';
import { number, percent, type Schemas, words } from './api.js';
import { Chart, type Series } from './chart.js';
import { Badge, Bar, Empty, Page, Panel, Segments, type Tone, useCall } from './parts.js';

type Status = Schemas['AdminStatus'];
type Metrics = Schemas['PlacementMetrics'];
type Traffic = Schemas['Traffic'];
type Quality = Schemas['QualityReport'];
interface Indexes {
  serving: string;
  degraded: string | null;
  recall: { value: number } | null;
}

const Figure = ({ name, value, note }: { name: string; value: string | number; note?: string }) => (
  <div class="figure">
    <span>{name}</span>
    <strong>{typeof value === 'number' ? number(value) : value}</strong>
    {note && <small>{note}</small>}
  </div>
);

/** `2026-11-24` or `2026-11-24T09`, UTC, as seconds since 1970. */
const secondsOf = (day: string): number => Date.parse(day.length > 10 ? `${day}:00Z` : `${day}T00:00Z`) / 1000;

/** Rows of (time, name, value) as lines of one chart. */
const linesOf = <T extends { day: string }>(
  rows: readonly T[],
  name: (row: T) => string,
  value: (row: T) => number,
): { times: number[]; series: Series[] } => {
  const days = [...new Set(rows.map(({ day }) => day))].sort();
  const names = [...new Set(rows.map(name))];
  return {
    times: days.map(secondsOf),
    series: names.map((label) => {
      const of = new Map(rows.filter((row) => name(row) === label).map((row) => [row.day, value(row)]));
      return { label: words(label), values: days.map((day) => of.get(day) ?? null) };
    }),
  };
};

const EVENTS = ['view', 'click', 'add_to_cart', 'purchase'];

const Health = ({ status, indexes, quality }: { status: Status; indexes: Indexes | null; quality: Quality | null }) => {
  const failed = Object.values(status.jobs).reduce((sum, { failed: count }) => sum + count, 0);
  const errors = quality?.findings.filter(({ severity }) => severity === 'error') ?? [];
  const lines: [tone: Tone, name: string, text: string, href: string | null][] = [
    ['good', 'Database', `${status.database.kind}, ${status.database.version}`, null],
    indexes === null
      ? ['plain', 'Index', 'being asked', null]
      : [
          indexes.degraded ? 'warn' : 'good',
          'Index',
          indexes.degraded ??
            `${indexes.serving}${indexes.recall ? `, finds ${percent(indexes.recall.value, 1)} of the true nearest` : ''}`,
          null,
        ],
    [
      status.catalogue.waiting > 0 ? 'warn' : 'good',
      'Embedding',
      status.catalogue.waiting > 0
        ? `${number(status.catalogue.waiting)} items wait to be embedded`
        : `${number(status.catalogue.embedded)} items embedded`,
      '/admin/jobs',
    ],
    [failed > 0 ? 'bad' : 'good', 'Jobs', failed > 0 ? `${number(failed)} failed` : 'none failed', '/admin/jobs'],
    [
      errors.length > 0 ? 'bad' : quality?.findings.length ? 'warn' : 'good',
      'Data',
      quality === null
        ? 'being looked at'
        : quality.findings.length === 0
          ? 'nothing to mend'
          : `${quality.findings.length} ${quality.findings.length === 1 ? 'kind' : 'kinds'} of findings`,
      '/admin/catalogue',
    ],
  ];
  return (
    <ul class="health">
      {lines.map(([tone, name, text, href]) => (
        <li key={name}>
          <span class={`lamp ${tone}`} aria-hidden="true" />
          <strong>{name}</strong>
          <span>{href ? <a href={href}>{text}</a> : text}</span>
        </li>
      ))}
    </ul>
  );
};

/** Counts, health, traffic, latency, click-through, coverage. */
export const Overview = () => {
  const [by, setBy] = useState<'day' | 'hour'>('day');
  const status = useCall<Status>('/v1/admin/status', 10_000);
  const metrics = useCall<Metrics>(`/v1/admin/metrics?by=${by}`, 30_000);
  const traffic = useCall<Traffic>('/v1/admin/traffic', 15_000);
  const quality = useCall<Quality>('/v1/admin/quality');
  const indexes = useCall<Indexes>('/v1/admin/indexes');
  const span = (
    <Segments
      label="Period"
      value={by}
      options={[
        ['day', '30 days'],
        ['hour', '48 hours'],
      ]}
      onChange={setBy}
    />
  );
  return (
    <Page title="Overview" intro="What the shop holds, how it is doing, and what people do with it." actions={span}>
      <Panel title="At a glance" loaded={status} height={96} wide>
        {(value) => (
          <div class="figures">
            <Figure name="Products" value={value.catalogue.products} note={`${number(value.catalogue.items)} items`} />
            <Figure name="Reviews" value={value.catalogue.reviews} />
            <Figure name="People" value={value.events.people} />
            <Figure name="Events" value={value.events.total} note={`${number(value.events.lastDay)} in a day`} />
            <Figure name="Lists shown" value={value.impressions.lastDay} note="in the last 24 hours" />
            <Figure
              name="Memory"
              value={`${number(value.memoryMB)} MB`}
              note={`up ${Math.max(1, Math.round(value.uptimeSeconds / 60))} min`}
            />
          </div>
        )}
      </Panel>
      <div class="columns">
        <Panel title="What people do" loaded={metrics} height={290}>
          {(value) => {
            const { times, series } = linesOf(
              value.events.filter(({ type }) => EVENTS.includes(type)),
              ({ type }) => type,
              ({ count }) => count,
            );
            return times.length === 0 ? (
              <Empty title="No events in this period">They come with POST /v1/events, or from the widgets.</Empty>
            ) : (
              <Chart times={times} series={series} about="Events by type over time" />
            );
          }}
        </Panel>
        <Panel title="Click-through" hint="Clicks for each list shown, by placement." loaded={metrics} height={290}>
          {(value) => {
            const { times, series } = linesOf(
              value.days,
              ({ placement }) => placement,
              ({ clickThrough }) => clickThrough,
            );
            return times.length === 0 ? (
              <Empty title="No list was shown in this period">
                Open the <a href="/shop">shop</a>, or ask POST /v1/recommendations.
              </Empty>
            ) : (
              <Chart
                times={times}
                series={series}
                unit={(share) => percent(share)}
                about="Click-through rate by placement over time"
              />
            );
          }}
        </Panel>
        <Panel
          title="Latency"
          hint="Of recommendations and searches, milliseconds a minute."
          loaded={traffic}
          height={290}
        >
          {({ minutes }) => {
            const busy = minutes.filter(({ lists }) => lists > 0);
            return busy.length === 0 ? (
              <Empty title="Nobody asked since this process started" />
            ) : (
              <Chart
                times={busy.map(({ at }) => Date.parse(at) / 1000)}
                series={[
                  { label: 'median', values: busy.map(({ p50 }) => p50) },
                  { label: '95 %', values: busy.map(({ p95 }) => p95) },
                ]}
                unit={(ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`}
                about="Median and 95th percentile latency by minute"
              />
            );
          }}
        </Panel>
        <Panel title="Traffic" hint="Calls a minute, of this process." loaded={traffic} height={290}>
          {({ minutes }) =>
            minutes.length === 0 ? (
              <Empty title="No call since this process started" />
            ) : (
              <Chart
                times={minutes.map(({ at }) => Date.parse(at) / 1000)}
                series={[
                  { label: 'calls', values: minutes.map(({ requests }) => requests) },
                  { label: 'failed', values: minutes.map(({ failed }) => failed) },
                ]}
                about="Calls and failed calls by minute"
              />
            )
          }
        </Panel>
        <Panel title="Health" loaded={status} height={190}>
          {(value) => <Health status={value} indexes={indexes.value} quality={quality.value} />}
        </Panel>
        <Panel
          title="Coverage"
          hint="How much of the catalogue has what recommendations are made from."
          loaded={status}
          height={190}
        >
          {({ catalogue, models }) => {
            const all = Math.max(1, catalogue.items);
            return (
              <>
                <Bar label="with a picture" share={catalogue.withPicture / all} />
                <Bar label="embedded" share={catalogue.embedded / all} />
                <Bar label="fused" share={catalogue.fused / all} />
                {metrics.value && <Bar label="shown in 30 days" share={Math.min(1, metrics.value.coverage.share)} />}
                <p class="models-live">
                  {Object.entries(models).map(([kind, version]) => (
                    <Badge key={kind} tone="live">
                      {kind}: {version}
                    </Badge>
                  ))}
                </p>
              </>
            );
          }}
        </Panel>
      </div>
    </Page>
  );
};
