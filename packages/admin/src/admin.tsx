import { render } from 'preact';
import { useState } from 'preact/hooks';
import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { adminKey, signIn, signOut } from './api.js';
import { Catalogue, Jobs } from './catalogue.js';
import { AuditPage, Keys, People } from './keys.js';
import { Models } from './models.js';
import { Overview } from './overview.js';
import { Rules } from './rules.js';
import { TryOut } from './try-out.js';

const pages: [path: string, name: string, component: () => preact.JSX.Element][] = [
  ['/admin', 'Overview', Overview],
  ['/admin/catalogue', 'Catalogue', Catalogue],
  ['/admin/jobs', 'Jobs', Jobs],
  ['/admin/models', 'Models', Models],
  ['/admin/try', 'Try-out', TryOut],
  ['/admin/rules', 'Rules', Rules],
  ['/admin/people', 'People', People],
  ['/admin/keys', 'Keys', Keys],
  ['/admin/audit', 'Audit', AuditPage],
];

const SignIn = () => {
  const [key, setKey] = useState('');
  const [error, setError] = useState('');
  return (
    <main class="sign-in">
      <h1>Vitrine</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn(key.trim()).then(
            () => location.reload(),
            (failure: Error) => setError(failure.message),
          );
        }}
      >
        <label>
          Admin key
          <input
            type="password"
            autocomplete="current-password"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
            required
          />
        </label>
        <button type="submit" class="primary">
          Sign in
        </button>
        {error && (
          <p class="failed" role="alert">
            {error}
          </p>
        )}
        <p class="quiet">
          It was printed at the first start. Lost? <code>npx vitrine keys create --role admin</code>
        </p>
      </form>
    </main>
  );
};

const Navigation = () => {
  const { path } = useLocation();
  return (
    <nav aria-label="Admin">
      <strong>Vitrine</strong>
      {pages.map(([href, name]) => (
        <a key={href} href={href} aria-current={path === href ? 'page' : undefined}>
          {name}
        </a>
      ))}
      <a href="/docs" target="_blank" rel="noreferrer">
        API
      </a>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </nav>
  );
};

const App = () =>
  adminKey() === null ? (
    <SignIn />
  ) : (
    <LocationProvider scope="/admin">
      <Navigation />
      <main>
        <Router>
          {pages.map(([path, , component]) => (
            <Route key={path} path={path} component={component} />
          ))}
          <Route default component={Overview} />
        </Router>
      </main>
    </LocationProvider>
  );

render(<App />, document.getElementById('app')!);
