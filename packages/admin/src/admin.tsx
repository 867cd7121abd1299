import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { SIGNED_OUT, session, signIn, signOut } from './api.js';
import { AuditPage } from './audit.js';
import { Catalogue } from './catalogue.js';
import { Experiments } from './experiments.js';
import { Feeds } from './feeds.js';
import { Imports } from './imports.js';
import { Jobs } from './jobs.js';
import { Keys } from './keys.js';
import { CatalogueMap } from './map.js';
import { Models } from './models.js';
import { Overview } from './overview.js';
import { Failure } from './parts.js';
import { People } from './people.js';
import { Placements } from './placements.js';
import { Rules } from './rules.js';
import { SegmentsPage } from './segments.js';
import { TryOut } from './try-out.js';
import { Webhooks } from './webhooks.js';

type Entry = [path: string, name: string, component: () => preact.JSX.Element];

const groups: [name: string, pages: Entry[]][] = [
  [
    'Watch',
    [
      ['/admin', 'Overview', Overview],
      ['/admin/catalogue', 'Catalogue', Catalogue],
      ['/admin/map', 'Map', CatalogueMap],
      ['/admin/segments', 'Segments', SegmentsPage],
      ['/admin/jobs', 'Jobs', Jobs],
    ],
  ],
  [
    'Connect',
    [
      ['/admin/imports', 'Imports', Imports],
      ['/admin/feeds', 'Feeds', Feeds],
      ['/admin/webhooks', 'Webhooks', Webhooks],
    ],
  ],
  [
    'Learn',
    [
      ['/admin/models', 'Models', Models],
      ['/admin/try', 'Try-out', TryOut],
      ['/admin/experiments', 'Experiments', Experiments],
    ],
  ],
  [
    'Steer',
    [
      ['/admin/rules', 'Rules', Rules],
      ['/admin/placements', 'Placements', Placements],
    ],
  ],
  [
    'Answer for',
    [
      ['/admin/people', 'People', People],
      ['/admin/keys', 'Keys', Keys],
      ['/admin/audit', 'Audit', AuditPage],
    ],
  ],
];
const pages = groups.flatMap(([, entries]) => entries);

const Mark = () => (
  <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
    <rect x="2" y="4" width="28" height="24" rx="4" fill="none" stroke="currentColor" stroke-width="2.4" />
    <path d="M2 23l8-8 6 6 5-5 9 8" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linejoin="round" />
    <circle cx="21.5" cy="10.5" r="2.6" fill="currentColor" />
  </svg>
);

const SignIn = ({ entered }: { entered: () => void }) => {
  const [key, setKey] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  return (
    <main class="sign-in">
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          signIn(key.trim())
            .then(entered, (failure: Error) => setError(failure.message))
            .finally(() => setBusy(false));
        }}
      >
        <h1>
          <Mark /> Vitrine
        </h1>
        <p class="quiet">The page of the people who run the shop.</p>
        <label class="field">
          <span>Admin key</span>
          <input
            type="password"
            autocomplete="current-password"
            placeholder="ak_…"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
            required
          />
        </label>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
        {error && (
          <p class="failed" role="alert">
            {error}
          </p>
        )}
        <p class="quiet small">
          It was printed at the first start. Lost? On the machine: <code>npx vitrine keys create --role admin</code>
        </p>
      </form>
    </main>
  );
};

const Navigation = () => {
  const { path } = useLocation();
  const [open, setOpen] = useState(false);
  const here = pages.find(([href]) => href === path)?.[1] ?? 'Overview';
  useEffect(() => setOpen(false), [path]);
  return (
    <nav aria-label="Admin" class={open ? 'open' : undefined}>
      <div class="nav-head">
        <a class="brand" href="/admin">
          <Mark /> Vitrine
        </a>
        <button type="button" class="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
          {here} <span aria-hidden="true">▾</span>
        </button>
      </div>
      <div class="nav-body">
        {groups.map(([name, entries]) => (
          <div key={name} class="nav-group">
            <span class="nav-title">{name}</span>
            {entries.map(([href, text]) => (
              <a key={href} href={href} aria-current={path === href ? 'page' : undefined}>
                {text}
              </a>
            ))}
          </div>
        ))}
        <div class="nav-foot">
          <a href="/shop" target="_blank" rel="noreferrer">
            Shop ↗
          </a>
          <a href="/docs" target="_blank" rel="noreferrer">
            API ↗
          </a>
          <button type="button" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </div>
    </nav>
  );
};

const App = () => {
  const [state, setState] = useState<'asking' | 'in' | 'out' | { failed: string }>('asking');
  const ask = () => {
    setState('asking');
    session().then(
      ({ signedIn }) => setState(signedIn ? 'in' : 'out'),
      (failure: Error) => setState({ failed: failure.message }),
    );
  };
  useEffect(() => {
    ask();
    const out = () => setState('out');
    document.addEventListener(SIGNED_OUT, out);
    return () => document.removeEventListener(SIGNED_OUT, out);
  }, []);
  if (state === 'asking') return <main class="sign-in" aria-busy="true" />;
  if (typeof state === 'object')
    return (
      <main class="sign-in">
        <Failure message={state.failed} again={ask} />
      </main>
    );
  if (state === 'out') return <SignIn entered={() => setState('in')} />;
  return (
    <LocationProvider scope="/admin">
      <a class="skip" href="#main">
        To the content
      </a>
      <Navigation />
      <main id="main">
        <Router>
          {pages.map(([path, , component]) => (
            <Route key={path} path={path} component={component} />
          ))}
          <Route default component={Overview} />
        </Router>
      </main>
    </LocationProvider>
  );
};

render(<App />, document.getElementById('app')!);
