import { useEffect, useRef, useState } from 'preact/hooks';
import { call, type Schemas } from './api.js';

type Answer = Schemas['RecommendationAnswer'];

/** A product as a form shows it. */
export interface Picked {
  id: string;
  title: string;
  image: string | null;
}

const WAIT_MS = 180;

/** Finds products by words, id or SKU, and takes one or several. */
export const ItemPicker = ({
  label,
  hint,
  picked,
  onChange,
  most = 1,
}: {
  label: string;
  hint?: string;
  picked: readonly Picked[];
  onChange: (picked: Picked[]) => void;
  most?: number;
}) => {
  const [text, setText] = useState('');
  const [found, setFound] = useState<Picked[] | null>(null);
  const turn = useRef(0);
  const list = useRef(`found-${Math.round(Math.random() * 1e9)}`);
  useEffect(() => {
    const mine = ++turn.current;
    const words = text.trim();
    if (!words) {
      setFound(null);
      return;
    }
    const timer = setTimeout(() => {
      call<Answer>('POST', '/v1/search', { text: words, limit: 6 }).then(
        ({ items }) => {
          if (mine !== turn.current) return;
          setFound(items.map(({ id, item }) => ({ id, title: item.title, image: item.image ?? null })));
        },
        () => mine === turn.current && setFound([]),
      );
    }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const take = (one: Picked) => {
    onChange([...picked.filter(({ id }) => id !== one.id), one].slice(-most));
    setText('');
    setFound(null);
  };
  return (
    <div class="field picker">
      <label>
        <span>{label}</span>
        <input
          type="search"
          value={text}
          placeholder="words, id or SKU"
          aria-controls={list.current}
          autocomplete="off"
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setText('');
            if (event.key === 'Enter') {
              event.preventDefault();
              if (found?.[0]) take(found[0]);
            }
          }}
        />
      </label>
      {hint && <small>{hint}</small>}
      <div id={list.current} class="found" hidden={found === null} role="group" aria-label={`${label}: products found`}>
        {found?.map((one) => (
          <button key={one.id} type="button" onClick={() => take(one)}>
            {one.image ? <img src={`${one.image}?width=80`} alt="" width={32} height={32} /> : <i class="no-picture" />}
            <span>
              {one.title} <small class="quiet">{one.id}</small>
            </span>
          </button>
        ))}
        {found?.length === 0 && <span class="quiet">Nothing found.</span>}
      </div>
      {picked.length > 0 && (
        <ul class="picked">
          {picked.map((one) => (
            <li key={one.id}>
              {one.image && <img src={`${one.image}?width=80`} alt="" width={32} height={32} />}
              <span>{one.title}</span>
              <button
                type="button"
                aria-label={`Without ${one.title}`}
                onClick={() => onChange(picked.filter(({ id }) => id !== one.id))}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
};
