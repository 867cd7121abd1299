import { render } from 'preact';
import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { useCart } from './cart.js';
import { CartPage } from './cart-page.js';
import { Category } from './category.js';
import { Home } from './home.js';
import { ConsentBar, Privacy, useConsent } from './privacy.js';
import { Product } from './product.js';
import { Search } from './search.js';

const Header = () => {
  const { route, query } = useLocation();
  const lines = useCart();
  const consent = useConsent();
  return (
    <header>
      <a class="skip" href="#main">
        To the content
      </a>
      <a class="brand" href="/shop">
        Vitrine
      </a>
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const words = new FormData(event.currentTarget).get('q');
          route(`/shop/search?q=${encodeURIComponent(String(words ?? ''))}`);
        }}
      >
        <input
          name="q"
          type="search"
          aria-label="Search the shop"
          placeholder="Words, or a photo"
          defaultValue={query.q ?? ''}
        />
        <button type="submit">Search</button>
        <a class="camera" href="/shop/search" aria-label="Search by picture">
          <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path fill="none" stroke="currentColor" stroke-width="1.8" d="M4 8h3l2-3h6l2 3h3v11H4z" />
            <circle cx="12" cy="13" r="3.5" fill="none" stroke="currentColor" stroke-width="1.8" />
          </svg>
        </a>
      </form>
      <nav aria-label="Shop">
        <a href="/shop/privacy">
          <span class={consent ? 'dot on' : 'dot'} aria-hidden="true" /> Your data
        </a>
        <a href="/shop/cart">Cart{lines.length ? ` (${lines.length})` : ''}</a>
      </nav>
    </header>
  );
};

const NotFound = () => (
  <section class="empty">
    <h1>There is no such page</h1>
    <a href="/shop">Back to the shop</a>
  </section>
);

const App = () => (
  <LocationProvider scope="/shop">
    <Header />
    <main id="main">
      <Router>
        <Route path="/shop" component={Home} />
        <Route path="/shop/category/:path" component={Category} />
        <Route path="/shop/product/:id" component={Product} />
        <Route path="/shop/search" component={() => <Search q={useLocation().query.q} />} />
        <Route path="/shop/cart" component={CartPage} />
        <Route path="/shop/privacy" component={Privacy} />
        <Route default component={NotFound} />
      </Router>
    </main>
    <footer>
      <p>
        A demo shop. Photographs from Unsplash, words and shoppers invented. <a href="/docs">API</a> ·{' '}
        <a href="/admin">Admin</a>
      </p>
    </footer>
    <ConsentBar />
  </LocationProvider>
);

render(<App />, document.getElementById('app')!);
