import type { EvaluationReport } from './evaluation-report.js';

const html = (s: string): string =>
  s.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
const figure = (v: number): string => (Math.abs(v) >= 1 ? v.toFixed(2) : v.toFixed(4).replace(/^(-?)0/, '$1'));

function chart(report: EvaluationReport, metric: string): string {
  const rows = report.results
    .filter((r) => r.metrics[metric] && !r.name.includes(' without '))
    .sort((a, b) => b.metrics[metric]!.value - a.metrics[metric]!.value);
  const most = Math.max(...rows.map((r) => r.metrics[metric]!.high), 1e-9);
  const x = (v: number): number => 230 + (v / most) * 430;
  const bars = rows.map((r, k) => {
    const m = r.metrics[metric]!;
    const y = 14 + k * 24;
    return `<text x="222" y="${y + 4}" text-anchor="end">${html(r.name)}</text><rect x="230" y="${y - 8}" width="${x(m.value) - 230}" height="16" class="${r.name === report.best ? 'best' : 'bar'}"/><line x1="${x(m.low)}" x2="${x(m.high)}" y1="${y}" y2="${y}" stroke="#222"/><text x="${x(m.high) + 6}" y="${y + 4}">${figure(m.value)}</text>`;
  });
  return `<h2>${html(metric)}</h2><p>${html(MEANING[metric] ?? '')}</p><svg viewBox="0 0 760 ${rows.length * 24 + 8}" role="img" aria-label="${html(metric)} of each model with its 95 % interval">${bars.join('')}</svg>`;
}

/** What the metrics mean, for people who do not live by them. */
const MEANING: Record<string, string> = {
  'recall@20': 'Of what a person went on to, the share that stood among the first 20.',
  'recall@10': 'Of what a person went on to, the share that stood among the first 10.',
  'ndcg@20': 'The same, and the higher up it stood the more it counts; 1 is perfect.',
  'ndcg@10': 'The same, and the higher up it stood the more it counts; 1 is perfect.',
  'hr@10': 'How often the thing that was really taken stood among the first 10.',
  'hr@20': 'How often the thing that was really taken stood among the first 20.',
  'mrr@20': '1 ÷ the place at which it stood: 1 for first, ½ for second.',
  clicks: 'Clicks for each list, as each way of serving would have had them.',
};

/** What each part is worth: bars to the right help, bars to the left harm, thin lines that cross the middle tell nothing. */
function worth(report: EvaluationReport): string {
  const metric = report.kind === 'shop' ? 'recall@10' : 'recall@20';
  const rows = report.differences
    .filter((d) => d.metric === metric && d.baseline.startsWith(`${d.name} without `))
    .sort((a, b) => b.value - a.value);
  if (rows.length === 0) return '';
  const most = Math.max(...rows.map((d) => Math.max(Math.abs(d.low), Math.abs(d.high))), 1e-9);
  const x = (v: number): number => 460 + (v / most) * 220;
  const bars = rows.map((d, k) => {
    const y = 14 + k * 24;
    const told = d.low > 0 ? 'best' : d.high < 0 ? 'worse' : 'bar';
    return `<text x="232" y="${y + 4}" text-anchor="end">${html(d.baseline.replace(`${d.name} without `, ''))}</text><rect x="${Math.min(x(0), x(d.value))}" y="${y - 8}" width="${Math.abs(x(d.value) - x(0))}" height="16" class="${told}"/><line x1="${x(d.low)}" x2="${x(d.high)}" y1="${y}" y2="${y}" stroke="#222"/><text x="690" y="${y + 4}">${figure(d.value)}</text>`;
  });
  return `<h2>What each part is worth</h2><p>By how much ${html(metric)} falls when one part is taken away. Green: it helps. Red: the rest is better without it. Grey: the data do not tell.</p><svg viewBox="0 0 760 ${rows.length * 24 + 8}" role="img" aria-label="Loss in ${html(metric)} without each part"><line x1="460" x2="460" y1="0" y2="${rows.length * 24}" stroke="#aaa"/>${bars.join('')}</svg>`;
}

/** Whether scores can be believed: expected against observed rates of hits; on the line they agree. */
function believed(report: EvaluationReport): string {
  const bins = report.calibration ?? [];
  if (bins.length === 0) return '';
  const most = Math.max(...bins.map((b) => Math.max(b.expected, b.observed)), 1e-9) * 1.1;
  const at = (v: number): number => (v / most) * 260;
  const points = bins.map(
    (b) =>
      `<circle cx="${50 + at(b.expected)}" cy="${280 - at(b.observed)}" r="5" class="best"><title>expected ${figure(b.expected)}, observed ${figure(b.observed)}, ${b.count} proposals</title></circle>`,
  );
  return `<h2>Can its scores be believed?</h2><p>Proposals sorted by score into groups: how often each was expected to be right, and how often it was. On the line the two agree.</p><svg viewBox="0 0 380 320" class="small" role="img" aria-label="Expected and observed rates of hits"><line x1="50" y1="280" x2="310" y2="20" stroke="#aaa"/><line x1="50" y1="280" x2="310" y2="280" stroke="#222"/><line x1="50" y1="280" x2="50" y2="20" stroke="#222"/>${points.join('')}<text x="180" y="305" text-anchor="middle">expected, up to ${figure(most)}</text><text x="20" y="150" text-anchor="middle" transform="rotate(-90 20 150)">observed</text></svg>`;
}

/** The one sentence at the top. */
function verdictOf(report: EvaluationReport): string {
  const own = report.differences.filter((d) => d.name === report.best && !d.baseline.includes(' without '));
  const first = own[0];
  if (!first) return `Vitrine would serve <b>${html(report.best)}</b>.`;
  const said =
    first.low > 0
      ? `that is better than <b>${html(first.baseline)}</b>, the best of the simple ways, and more than chance explains`
      : first.high < 0
        ? `that is <b>worse</b> than ${html(first.baseline)}, the best of the simple ways`
        : `the data do not tell it from <b>${html(first.baseline)}</b>, the best of the simple ways`;
  return `Vitrine would serve <b>${html(report.best)}</b>: ${said} (${html(first.metric)} ${first.value >= 0 ? '+' : ''}${figure(first.value)}, between ${figure(first.low)} and ${figure(first.high)}).`;
}

/** One self-contained page: what was compared, who won and by how much, with intervals drawn. */
export function reportPage(report: EvaluationReport): string {
  const names = [...new Set(report.results.flatMap((r) => Object.keys(r.metrics)))];
  const main = names.filter(
    (n) =>
      !(/@10$/.test(n) && names.includes(n.replace('@10', '@20'))) &&
      /^(recall@(10|20)|ndcg@(10|20)|hr@10|hr@20|mrr@20|clicks)$/.test(n),
  );
  const table = `<table><thead><tr><th>model</th>${names.map((n) => `<th>${html(n)}</th>`).join('')}<th>chosen parameters</th><th>seconds</th></tr></thead><tbody>${report.results
    .map(
      (r) =>
        `<tr${r.name === report.best ? ' class="best"' : ''}><th>${html(r.name)}</th>${names
          .map((n) => {
            const m = r.metrics[n];
            return `<td>${m ? `${figure(m.value)}<small> ${figure(m.low)} – ${figure(m.high)}</small>` : '–'}</td>`;
          })
          .join('')}<td><code>${html(JSON.stringify(r.params))}</code></td><td>${r.seconds}</td></tr>`,
    )
    .join('')}</tbody></table>`;
  const verdict = (low: number, high: number): string => (low > 0 ? 'better' : high < 0 ? 'worse' : 'not told apart');
  const differences = `<table><thead><tr><th>model</th><th>against</th><th>metric</th><th>difference</th><th>95 % interval</th><th></th></tr></thead><tbody>${report.differences
    .map(
      (d) =>
        `<tr><th>${html(d.name)}</th><td>${html(d.baseline)}</td><td>${html(d.metric)}</td><td>${figure(d.value)}</td><td>${figure(d.low)} – ${figure(d.high)}</td><td>${verdict(d.low, d.high)}</td></tr>`,
    )
    .join('')}</tbody></table>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${html(report.dataset)}: what recommends best</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}table{border-collapse:collapse;display:block;overflow-x:auto}th,td{padding:.3rem .6rem;text-align:left;border-bottom:1px solid #ddd;white-space:nowrap}small{color:#555}svg{max-width:760px;width:100%;font:12px system-ui}.bar{fill:#9db4c0}.best{fill:#2a7f62}tr.best th{color:#2a7f62}.worse{fill:#b5483a}.small{max-width:380px}h2{margin-top:2rem}</style>
<h1>${html(report.dataset)}: what recommends best</h1>
<p>${html(report.kind)}, ${html(report.split)} part${report.variant ? `, variant ${report.variant}` : ''}: ${report.users.toLocaleString('en')} cases, ${report.items.toLocaleString('en')} items. ${verdictOf(report)} Thin lines are 95 % intervals: where two overlap widely, the data do not tell the models apart.</p>
<ul>${report.notes.map((n) => `<li>${html(n)}</li>`).join('')}</ul>${main.map((m) => chart(report, m)).join('')}${worth(report)}${believed(report)}<h2>Against the best baseline, person by person</h2>${differences}<h2>Everything</h2>${table}</html>`;
}
