import { useEffect, useState } from 'preact/hooks';
import { fetchItem, fetchReviews, type Item, money, type Review, session, sized } from './api.js';
import { readCart, writeCart } from './cart.js';
import { categoryPath } from './home.js';
import { Row } from './row.js';

const Stars = ({ rating }: { rating: number }) => (
  <span class="stars" role="img" aria-label={`${rating} of 5`}>
    {'★'.repeat(Math.round(rating))}
    {'☆'.repeat(5 - Math.round(rating))}
  </span>
);

/** A product: the photograph that is clicked becomes the browsed picture, and the row below follows it. */
export const Product = ({ id = '' }: { id?: string }) => {
  const [item, setItem] = useState<Item | null>(null);
  const [failed, setFailed] = useState('');
  const [reviews, setReviews] = useState<Review[]>([]);
  const [picture, setPicture] = useState(0);
  const [words, setWords] = useState('');
  const [asked, setAsked] = useState('');
  const [added, setAdded] = useState(false);
  useEffect(() => {
    setItem(null);
    setFailed('');
    setPicture(0);
    setAsked('');
    setWords('');
    setAdded(false);
    fetchItem(id).then(
      (found) => {
        setItem(found);
        document.title = `${found.title} – Vitrine`;
        void session().track({ type: 'view', itemId: id });
      },
      (error: Error) => setFailed(error.message),
    );
    fetchReviews(id).then(setReviews, () => setReviews([]));
  }, [id]);

  if (failed)
    return (
      <section class="empty">
        <h1>This product cannot be shown</h1>
        <p>{failed}</p>
        <a href="/shop">Back to the shop</a>
      </section>
    );
  if (!item) return <div class="product-waiting" aria-busy="true" />;
  const images = item.images ?? [];
  const main = images[picture]?.src;
  const rated = reviews.filter((review) => review.rating);
  const average = rated.length ? rated.reduce((sum, review) => sum + review.rating!, 0) / rated.length : 0;
  const addToCart = () => {
    writeCart([
      ...readCart().filter((line) => line.id !== item.id),
      { id: item.id, title: item.title, image: images[0]?.src ?? null, price: item.price ?? null },
    ]);
    void session().track({ type: 'add_to_cart', itemId: item.id }, true);
    setAdded(true);
  };
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/shop">Shop</a>
        {item.categories?.[0] && (
          <>
            {' › '}
            <a href={categoryPath(item.categories[0])}>{item.categories[0]}</a>
          </>
        )}
      </nav>
      <article class="product">
        <div class="gallery">
          <div class="stage">
            {main && (
              <img src={sized(main, 800)} alt={images[picture]?.alt ?? item.title ?? ''} width={800} height={800} />
            )}
          </div>
          <ul class="thumbs" aria-label="Photographs">
            {images.map((image, index) => (
              <li key={image.src}>
                <button
                  type="button"
                  aria-pressed={index === picture}
                  aria-label={image.alt ?? `Photograph ${index + 1}`}
                  onClick={() => setPicture(index)}
                >
                  <img src={sized(image.src, 160)} alt="" width={160} height={160} />
                </button>
              </li>
            ))}
          </ul>
        </div>
        <div class="facts">
          <h1>{item.title}</h1>
          {/* Its line is kept before the reviews are there, so that nothing below moves. */}
          <p class="quiet rating">
            {rated.length > 0 ? (
              <>
                <Stars rating={average} /> {average.toFixed(1)} · <a href="#reviews">{rated.length} reviews</a>
              </>
            ) : (
              '\u00a0'
            )}
          </p>
          <p class="price">{money(item.price)}</p>
          <p>{item.description}</p>
          <button type="button" class="primary" onClick={addToCart} disabled={item.availability === 'out_of_stock'}>
            {item.availability === 'out_of_stock' ? 'Out of stock' : added ? 'In your cart' : 'Add to cart'}
          </button>
          {added && (
            <p role="status">
              <a href="/shop/cart">Go to the cart</a>
            </p>
          )}
          {item.attributes && (
            <dl>
              {Object.entries(item.attributes).map(([name, value]) => (
                <div key={name}>
                  <dt>{name.replaceAll('_', ' ').replace(/ (cm|mm|kg|g|l|ml|w)$/, ' ($1)')}</dt>
                  <dd>
                    {Array.isArray(value)
                      ? value.join(', ')
                      : typeof value === 'boolean'
                        ? value
                          ? 'yes'
                          : 'no'
                        : String(value)}
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </div>
      </article>
      <section class="next" aria-label="What to see next">
        <div class="next-head">
          <h2>Like this picture</h2>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              setAsked(words);
            }}
          >
            <label>
              like this, but{' '}
              <input value={words} onInput={(event) => setWords(event.currentTarget.value)} placeholder="greener …" />
            </label>
            <button type="submit">Show</button>
          </form>
        </div>
        <Row
          key={id}
          placement="product"
          itemId={id}
          imageIndex={images.length ? picture : undefined}
          text={asked}
          emphasis={asked ? { text: 4 } : undefined}
        />
      </section>
      <section id="reviews" aria-label="Reviews">
        <h2>Reviews</h2>
        {reviews.length === 0 && <p class="quiet">No reviews yet.</p>}
        <ul class="reviews">
          {reviews.map((review) => (
            <li key={review.id} lang={review.language ?? undefined}>
              {review.rating ? <Stars rating={review.rating} /> : null} <strong>{review.title}</strong>
              <p>{review.text}</p>
              <small class="quiet">{review.author}</small>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
};
