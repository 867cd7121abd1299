import { useState } from 'preact/hooks';
import { call } from './api.js';

interface Answer {
  fallback: string | null;
  model: Record<string, string>;
  tookMs: number;
  items: {
    id: string;
    score: number;
    placedBy: string;
    item: { title: string; image?: string | null };
    reasons?: { source: string; share: number }[];
  }[];
}

/** Choose a visitor, an item, words and weights, and see what comes and why. */
export const TryOut = () => {
  const [form, setForm] = useState({
    userId: '',
    itemId: '',
    text: '',
    images: 1,
    words: 1,
    history: 1,
    diversity: 0.2,
  });
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState('');
  const ask = async () => {
    setError('');
    try {
      setAnswer(
        await call<Answer>('POST', '/v1/recommendations', {
          placement: form.itemId ? 'product' : 'home',
          ...(form.userId ? { userId: form.userId, consent: { personalization: true } } : {}),
          context: {
            ...(form.itemId ? { itemIds: [form.itemId], images: [{ itemId: form.itemId, index: 0 }] } : {}),
            ...(form.text ? { text: form.text } : {}),
          },
          emphasis: { images: form.images, text: form.words, history: form.history },
          diversity: form.diversity,
          limit: 12,
          explain: true,
        }),
      );
    } catch (failure) {
      setAnswer(null);
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  const text = (name: 'userId' | 'itemId' | 'text', label: string, hint: string) => (
    <label>
      {label}
      <input
        value={form[name]}
        placeholder={hint}
        onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
      />
    </label>
  );
  const slider = (name: 'images' | 'words' | 'history' | 'diversity', label: string, max: number, step: number) => (
    <label>
      {label}: {form[name]}
      <input
        type="range"
        min={0}
        max={max}
        step={step}
        value={form[name]}
        onInput={(event) => setForm({ ...form, [name]: Number(event.currentTarget.value) })}
      />
    </label>
  );
  return (
    <section class="panel">
      <h2>Try-out</h2>
      <form
        class="try"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        {text('userId', 'User', 'demo-shopper-017')}
        {text('itemId', 'On the page of', 'black-shell-armchair')}
        {text('text', 'Words', 'for a small flat')}
        {slider('images', 'Pictures', 5, 0.5)}
        {slider('words', 'Words count', 5, 0.5)}
        {slider('history', 'History', 5, 0.5)}
        {slider('diversity', 'Diversity', 1, 0.1)}
        <button type="submit" class="primary">
          Show
        </button>
      </form>
      {error && (
        <p class="failed" role="alert">
          {error}
        </p>
      )}
      {answer && (
        <>
          <p class="quiet">
            {answer.tookMs.toFixed(1)} ms · {Object.values(answer.model).join(' · ')}{' '}
            {answer.fallback && `· fallback: ${answer.fallback}`}
          </p>
          <ol class="results">
            {answer.items.map((entry) => (
              <li key={entry.id}>
                {entry.item.image && <img src={`${entry.item.image}?width=160`} alt="" width={80} height={80} />}
                <div>
                  <strong>{entry.item.title}</strong>{' '}
                  <span class="quiet">
                    {entry.score.toFixed(3)} · {entry.placedBy}
                  </span>
                  <div
                    class="stack"
                    role="img"
                    aria-label={(entry.reasons ?? [])
                      .map((reason) => `${reason.source} ${Math.round(reason.share * 100)} %`)
                      .join(', ')}
                  >
                    {(entry.reasons ?? []).map((reason) => (
                      <i
                        key={reason.source}
                        class={`source ${reason.source.replace('.', '-')}`}
                        style={{ flexGrow: reason.share }}
                        title={`${reason.source} ${Math.round(reason.share * 100)} %`}
                      />
                    ))}
                  </div>
                  <small class="quiet">
                    {(entry.reasons ?? [])
                      .map((reason) => `${reason.source} ${Math.round(reason.share * 100)} %`)
                      .join(' · ')}
                  </small>
                </div>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
};
