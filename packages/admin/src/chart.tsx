import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Series {
  label: string;
  /** One value a time; null where there was nothing. */
  values: (number | null)[];
}

/** Colours of series, by their order: told apart by people who see no red or green, on light and dark. */
export const COLOURS = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7'].map((name) => `var(${name})`);
const resolved = (at: number): string =>
  getComputedStyle(document.documentElement)
    .getPropertyValue(`--c${(at % 7) + 1}`)
    .trim();
const HALF_DAY = 43_200;
const themed = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A chart's legend, readable without the picture. */
const Legend = ({ series }: { series: readonly Series[] }) => (
  <ul class="legend">
    {series.map(({ label }, at) => (
      <li key={label}>
        <i style={{ background: COLOURS[at % COLOURS.length] }} />
        {label}
      </li>
    ))}
  </ul>
);

/**
 * Lines over time. `times` in seconds since 1970, ascending. The picture follows the width of its box and the light or dark theme; its words
 * (`about`) say to those who do not see it what it shows.
 */
export const Chart = ({
  times,
  series,
  about,
  unit = (value) => value.toLocaleString(),
  height = 200,
}: {
  times: number[];
  series: readonly Series[];
  about: string;
  unit?: (value: number) => string;
  height?: number;
}) => {
  const box = useRef<HTMLDivElement>(null);
  const data = JSON.stringify([times, series]);
  useEffect(() => {
    const holder = box.current;
    if (!holder) return;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    let plot: uPlot | null = null;
    const draw = () => {
      plot?.destroy();
      const axis = {
        stroke: themed('--quiet'),
        grid: { stroke: themed('--line'), width: 1 },
        ticks: { show: false },
        font: '12px ui-sans-serif, system-ui, sans-serif',
      };
      plot = new uPlot(
        {
          width: holder.clientWidth,
          height,
          legend: { show: false },
          cursor: { y: false, points: { size: 7 } },
          scales: {
            // One moment alone stands in the middle of its day, not in a span of years.
            x: {
              range: (_plot, low, high) =>
                times.length === 1 ? [times[0]! - HALF_DAY, times[0]! + HALF_DAY] : [low, high],
            },
            y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
          },
          axes: [
            { ...axis, space: 70 },
            { ...axis, size: 58, values: (_plot, splits) => splits.map((value) => unit(value)) },
          ],
          series: [
            {},
            ...series.map(({ label }, at) => ({
              label,
              stroke: resolved(at),
              width: 2,
              spanGaps: true,
              // A single point draws no line: it is shown as a dot.
              points: { show: times.length < 30, size: 6, fill: resolved(at) },
              ...(at === 0 && series.length <= 2 ? { fill: `${resolved(at)}22` } : {}),
            })),
          ],
          hooks: {
            setCursor: [
              (chart) => {
                const note = holder.parentElement?.querySelector<HTMLElement>('.chart-note');
                const at = chart.cursor.idx;
                if (!note) return;
                if (at === null || at === undefined) {
                  note.textContent = '\u00a0';
                  return;
                }
                const said = series.flatMap(({ label, values }) =>
                  values[at] === null || values[at] === undefined ? [] : `${label} ${unit(values[at])}`,
                );
                note.textContent = `${new Date(times[at]! * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}: ${said.join(' · ')}`;
              },
            ],
          },
        },
        [times, ...series.map(({ values }) => values)] as uPlot.AlignedData,
        holder,
      );
    };
    draw();
    const resize = new ResizeObserver(() => plot?.setSize({ width: holder.clientWidth, height }));
    resize.observe(holder);
    dark.addEventListener('change', draw);
    return () => {
      resize.disconnect();
      dark.removeEventListener('change', draw);
      plot?.destroy();
    };
  }, [data, height]);
  return (
    <figure class="chart">
      <Legend series={series} />
      <div ref={box} role="img" aria-label={about} style={{ height: `${height}px` }} />
      <figcaption class="chart-note">{'\u00a0'}</figcaption>
    </figure>
  );
};

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Values with their 95 % intervals on one scale, and a line at `at` (0 for differences). */
export const Intervals = ({
  rows,
  at,
  about,
  digits = 3,
}: {
  rows: readonly ({ label: string } & Interval)[];
  at?: number;
  about: string;
  digits?: number;
}) => {
  const ends = [...rows.flatMap(({ low, high }) => [low, high]), ...(at === undefined ? [] : [at])];
  const least = Math.min(...ends);
  const span = Math.max(...ends) - least || 1;
  const x = (value: number) => `${4 + (92 * (value - least)) / span}%`;
  return (
    <div class="intervals" role="group" aria-label={about}>
      {rows.map((row) => (
        <div key={row.label} class="interval">
          <span>{row.label}</span>
          <svg
            role="img"
            aria-label={`${row.label}: ${row.value.toFixed(digits)}, 95 % interval ${row.low.toFixed(digits)} to ${row.high.toFixed(digits)}`}
          >
            {at !== undefined && <line class="zero" x1={x(at)} x2={x(at)} y1="0" y2="100%" />}
            <line class="whisker" x1={x(row.low)} x2={x(row.high)} y1="50%" y2="50%" />
            <circle cx={x(row.value)} cy="50%" r="5" />
          </svg>
          <span class="number">
            {at === undefined ? '' : row.value > 0 ? '+' : ''}
            {row.value.toFixed(digits)}
          </span>
        </div>
      ))}
    </div>
  );
};
