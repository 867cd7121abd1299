import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { call } from './api.js';

/** What a page has loaded, or why not; `again` asks once more. */
export interface Loaded<T> {
  value: T | null;
  error: string | null;
  again: () => void;
}

/** Loads a path; asks again every `everyMs` while the page is looked at. */
export const useCall = <T,>(path: string, everyMs?: number): Loaded<T> => {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const turn = useRef(0);
  const again = useCallback(() => {
    const mine = ++turn.current;
    call<T>('GET', path).then(
      (answer) => {
        if (mine !== turn.current) return;
        setError(null);
        setValue(answer);
      },
      (failure: Error) => mine === turn.current && setError(failure.message),
    );
  }, [path]);
  useEffect(() => {
    setValue(null);
    setError(null);
    again();
    return () => void ++turn.current;
  }, [again]);
  useEffect(() => {
    if (!everyMs) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && again(), everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { value, error, again };
};

/** A page's title, what it is for, and what can be done on it. */
export const Page = ({
  title,
  intro,
  actions,
  children,
}: {
  title: string;
  intro: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) => {
  useEffect(() => {
    document.title = `${title} – Vitrine`;
  }, [title]);
  return (
    <>
      <header class="page-head">
        <div>
          <h1>{title}</h1>
          <p>{intro}</p>
        </div>
        {actions && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
};

/** Something went wrong, in its own words, with a way on. */
export const Failure = ({ message, again }: { message: string; again?: () => void }) => (
  <div class="failure" role="alert">
    <p>{message}</p>
    {again && (
      <button type="button" onClick={again}>
        Try again
      </button>
    )}
  </div>
);

/** Nothing there yet, and what would change that. */
export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <strong>{title}</strong>
    {children && <p>{children}</p>}
  </div>
);

/** Loading, failed or the content: the three faces of every panel. */
export const Panel = <T,>({
  title,
  hint,
  loaded,
  height = 120,
  wide,
  actions,
  children,
}: {
  title: string;
  hint?: ComponentChildren;
  loaded: Loaded<T>;
  /** Room that is kept while it loads, in pixels, so that nothing jumps. */
  height?: number;
  wide?: boolean;
  actions?: ComponentChildren;
  children: (value: T) => ComponentChildren;
}) => (
  <section class={wide ? 'panel wide' : 'panel'} aria-busy={loaded.value === null && !loaded.error} aria-label={title}>
    <div class="panel-head">
      <h2>{title}</h2>
      {actions}
    </div>
    {hint && <p class="hint">{hint}</p>}
    {loaded.error ? (
      <Failure message={loaded.error} again={loaded.again} />
    ) : loaded.value === null ? (
      <div class="waiting" style={{ height: `${height}px` }}>
        <i />
        <i />
        <i />
      </div>
    ) : (
      children(loaded.value)
    )}
  </section>
);

/** A table that scrolls by itself on narrow screens. */
export const Table = ({
  caption,
  head,
  rows,
  empty,
  numbers = [],
}: {
  caption: string;
  head: string[];
  rows: ComponentChildren[][];
  empty: ComponentChildren;
  /** Columns of numbers, from 0: aligned to the right. */
  numbers?: number[];
}) =>
  rows.length === 0 ? (
    <p class="quiet none">{empty}</p>
  ) : (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <thead>
          <tr>
            {head.map((name, at) => (
              <th key={`${at} ${name}`} scope="col" class={numbers.includes(at) ? 'number' : undefined}>
                {name || <span class="unseen">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, at) => (
                <td key={at} class={numbers.includes(at) ? 'number' : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

export type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'live';

/** A word in a coloured pill. */
export const Badge = ({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>{children}</span>
);

/** One share as a bar with its number. */
export const Bar = ({ label, share, colour }: { label: string; share: number; colour?: string }) => (
  <div class="bar-row">
    <span>{label}</span>
    <div class="bar" role="img" aria-label={`${label} ${(share * 100).toFixed(0)} %`}>
      <i style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%`, background: colour }} />
    </div>
    <span class="number">{(share * 100).toFixed(0)} %</span>
  </div>
);

/** A question before something that cannot be taken back. Resolves when answered; Escape is a no. */
const Question = ({
  title,
  text,
  label,
  answer,
}: {
  title: string;
  text: string;
  label: string;
  answer: (yes: boolean) => void;
}) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        answer(false);
      }}
    >
      <h2>{title}</h2>
      <p>{text}</p>
      <div class="dialog-actions">
        <button type="button" onClick={() => answer(false)}>
          Cancel
        </button>
        <button type="button" class="danger" onClick={() => answer(true)}>
          {label}
        </button>
      </div>
    </dialog>
  );
};

/** A button that asks first where it must, says what it is doing, and what went wrong. */
export const Action = ({
  label,
  run,
  confirm,
  kind,
  name,
  disabled,
}: {
  label: string;
  run: () => Promise<unknown>;
  confirm?: string;
  kind?: 'primary' | 'danger' | 'small';
  /** Read out instead of the label, where several buttons say the same. */
  name?: string;
  disabled?: boolean;
}) => {
  const [state, setState] = useState<'idle' | 'asked' | 'busy' | { failed: string }>('idle');
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);
  const press = async () => {
    setState('busy');
    try {
      await run();
      if (alive.current) setState('idle');
    } catch (error) {
      if (alive.current) setState({ failed: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <>
      <button
        type="button"
        class={kind}
        aria-label={name}
        disabled={disabled || state === 'busy'}
        onClick={() => (confirm ? setState('asked') : void press())}
      >
        {state === 'busy' ? 'Working …' : label}
      </button>
      {state === 'asked' && (
        <Question
          title={`${name ?? label}?`}
          text={confirm!}
          label={label}
          answer={(yes) => (yes ? void press() : setState('idle'))}
        />
      )}
      {typeof state === 'object' && (
        <span class="failed" role="alert">
          {state.failed}
        </span>
      )}
    </>
  );
};

/** A labelled field of a form. */
export const Field = ({ label, hint, children }: { label: string; hint?: string; children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
  <label class="field">
    <span>{label}</span>
    {children}
    {hint && <small>{hint}</small>}
  </label>
);

/** A choice between few, side by side. */
export const Segments = <T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}) => (
  <div class="segments" role="group" aria-label={label}>
    {options.map(([name, text]) => (
      <button key={name} type="button" aria-pressed={name === value} onClick={() => onChange(name)}>
        {text}
      </button>
    ))}
  </div>
);
