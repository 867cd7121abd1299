import type { EvaluationReport } from './evaluation-report.js';

const html = (s: string): string =>
  s.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
const figure = (v: number): string => (Math.abs(v) >= 1 ? v.toFixed(2) : v.toFixed(4).replace(/^(-?)0/, '$1'));

function chart(report: EvaluationReport, metric: string): string {
  const rows = report.results
    .filter((r) => r.metrics[metric])
    .sort((a, b) => b.metrics[metric]!.value - a.metrics[metric]!.value);
  const most = Math.max(...rows.map((r) => r.metrics[metric]!.high), 1e-9);
  const x = (v: number): number => 230 + (v / most) * 430;
  const bars = rows.map((r, k) => {
    const m = r.metrics[metric]!;
    const y = 14 + k * 24;
    return `<text x="222" y="${y + 4}" text-anchor="end">${html(r.name)}</text><rect x="230" y="${y - 8}" width="${x(m.value) - 230}" height="16" class="${r.name === report.best ? 'best' : 'bar'}"/><line x1="${x(m.low)}" x2="${x(m.high)}" y1="${y}" y2="${y}" stroke="#222"/><text x="${x(m.high) + 6}" y="${y + 4}">${figure(m.value)}</text>`;
  });
  return `<h2>${html(metric)}</h2><svg viewBox="0 0 760 ${rows.length * 24 + 8}" role="img" aria-label="${html(metric)} of each model with its 95 % interval">${bars.join('')}</svg>`;
}

/** One self-contained page: what was compared, who won and by how much, with intervals drawn. */
export function reportPage(report: EvaluationReport): string {
  const names = [...new Set(report.results.flatMap((r) => Object.keys(r.metrics)))];
  const main = names.filter((n) => /^(recall@20|ndcg@20|hr@10|hr@20|mrr@20)$/.test(n));
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
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}table{border-collapse:collapse;display:block;overflow-x:auto}th,td{padding:.3rem .6rem;text-align:left;border-bottom:1px solid #ddd;white-space:nowrap}small{color:#555}svg{max-width:760px;width:100%;font:12px system-ui}.bar{fill:#9db4c0}.best{fill:#2a7f62}tr.best th{color:#2a7f62}</style>
<h1>${html(report.dataset)}: what recommends best</h1>
<p>${html(report.kind)}, ${html(report.split)} part${report.variant ? `, variant ${report.variant}` : ''}: ${report.users.toLocaleString('en')} cases, ${report.items.toLocaleString('en')} items. Vitrine would serve <b>${html(report.best)}</b>. Thin lines are 95 % intervals: where two overlap widely, the data do not tell the models apart.</p>
<ul>${report.notes.map((n) => `<li>${html(n)}</li>`).join('')}</ul>${main.map((m) => chart(report, m)).join('')}<h2>Against the best baseline, person by person</h2>${differences}<h2>Everything</h2>${table}</html>`;
}
