import { percent, type Schemas, words } from './api.js';
import { Badge, Empty } from './parts.js';

export type Answer = Schemas['RecommendationAnswer'];

const Contributions = ({ reasons }: { reasons: NonNullable<Answer['items'][number]['reasons']> }) => {
  const said = reasons
    .filter(({ share }) => share >= 0.005)
    .map(({ source, share }) => `${words(source)} ${percent(share)}`)
    .join(', ');
  return (
    <>
      <div class="stack" role="img" aria-label={`Contributions: ${said}`}>
        {reasons.map(({ source, share }) => (
          <i key={source} class={`source ${source.replace('.', '-')}`} style={{ flexGrow: share }} />
        ))}
      </div>
      <small class="quiet">{said}</small>
    </>
  );
};

/** A list with what put each product there; `before` shows what moved against another list. */
export const Results = ({ title, answer, before }: { title: string; answer: Answer; before?: Answer }) => {
  const ranks = new Map(before?.items.map(({ id, rank }) => [id, rank]));
  return (
    <section class="results-list" aria-label={title}>
      <div class="panel-head">
        <h3>{title}</h3>
        <span class="quiet">{answer.tookMs.toFixed(1)} ms</span>
      </div>
      <p class="models-live">
        {(['fusion', 'behaviour', 'blend'] as const).map((kind) => (
          <Badge key={kind}>{answer.model[kind]}</Badge>
        ))}
        {answer.personalized && <Badge tone="live">personal</Badge>}
        {answer.fallback && <Badge tone="warn">{words(answer.fallback)}</Badge>}
      </p>
      {answer.warnings.map((warning) => (
        <p key={warning} class="hint">
          {warning}
        </p>
      ))}
      {answer.items.length === 0 ? (
        <Empty title="Nothing matches" />
      ) : (
        <ol class="results">
          {answer.items.map(({ id, rank, score, placedBy, item, reasons, penalties }) => {
            const was = ranks.get(id);
            const moved = before === undefined ? null : was === undefined ? 'new' : was - rank;
            return (
              <li key={id} data-id={id}>
                <span class="rank">{rank}</span>
                {item.image ? (
                  <img src={`${item.image}?width=160`} alt="" width={64} height={64} loading="lazy" />
                ) : (
                  <i class="no-picture" />
                )}
                <div>
                  <div class="result-title">
                    <strong>{item.title}</strong>
                    {moved === 'new' && <Badge tone="live">new here</Badge>}
                    {typeof moved === 'number' && moved !== 0 && (
                      <Badge tone={moved > 0 ? 'good' : 'warn'}>{moved > 0 ? `▲ ${moved}` : `▼ ${-moved}`}</Badge>
                    )}
                    {placedBy !== 'score' && <Badge>{placedBy}</Badge>}
                    <span class="quiet number">{score.toFixed(3)}</span>
                  </div>
                  {reasons && <Contributions reasons={reasons} />}
                  {penalties && penalties.length > 0 && (
                    <small class="quiet">
                      lowered by{' '}
                      {penalties.map(({ source, amount }) => `${words(source)} ${amount.toFixed(3)}`).join(', ')}
                    </small>
                  )}
                </div>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
};
