import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { call } from './api.js';

/** What a page has loaded, or why not; `again` asks once more. */
export interface Loaded<T> {
  value: T | null;
  error: string | null;
  again: () => void;
}

export const useCall = <T,>(path: string): Loaded<T> => {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const again = useCallback(() => {
    setError(null);
    call<T>('GET', path).then(setValue, (failure: Error) => setError(failure.message));
  }, [path]);
  useEffect(again, [again]);
  return { value, error, again };
};

/** Loading, failed or the content: the three faces of every panel. */
export const Panel = <T,>({
  title,
  loaded,
  children,
}: {
  title: string;
  loaded: Loaded<T>;
  children: (value: T) => ComponentChildren;
}) => (
  <section class="panel" aria-busy={loaded.value === null && !loaded.error}>
    <h2>{title}</h2>
    {loaded.error ? (
      <p class="failed" role="alert">
        {loaded.error}{' '}
        <button type="button" onClick={loaded.again}>
          Try again
        </button>
      </p>
    ) : loaded.value === null ? (
      <div class="waiting" />
    ) : (
      children(loaded.value)
    )}
  </section>
);

/** A table with a caption for nobody but screen readers; scrolls by itself on narrow screens. */
export const Table = ({
  caption,
  head,
  rows,
  empty,
}: {
  caption: string;
  head: string[];
  rows: ComponentChildren[][];
  empty: string;
}) =>
  rows.length === 0 ? (
    <p class="quiet">{empty}</p>
  ) : (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

/** One share as a bar with its number. */
export const Bar = ({ label, share }: { label: string; share: number }) => (
  <div class="bar-row">
    <span>{label}</span>
    <meter min={0} max={1} value={share} aria-label={label} />
    <span class="number">{(share * 100).toFixed(0)} %</span>
  </div>
);

/** A button that says what it is doing and what went wrong. */
export const Action = ({ label, run, confirm }: { label: string; run: () => Promise<unknown>; confirm?: string }) => {
  const [state, setState] = useState<'idle' | 'busy' | string>('idle');
  const press = async () => {
    if (confirm && !window.confirm(confirm)) return;
    setState('busy');
    try {
      await run();
      setState('idle');
    } catch (error) {
      setState(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <button type="button" disabled={state === 'busy'} onClick={() => void press()}>
        {state === 'busy' ? 'Working …' : label}
      </button>
      {state !== 'idle' && state !== 'busy' && (
        <span class="failed" role="alert">
          {state}
        </span>
      )}
    </>
  );
};
