import { useState } from 'preact/hooks';
import { money, productPath, session, sized } from './api.js';
import { useCart, writeCart } from './cart.js';
import { Row } from './row.js';

/** The cart, and what goes with what is in it. */
export const CartPage = () => {
  const lines = useCart();
  const [bought, setBought] = useState(false);
  const ids = lines.map((line) => line.id);
  const sum = lines.reduce((total, line) => total + (line.price?.amount ?? 0), 0);
  const currency = lines.find((line) => line.price)?.price?.currency ?? 'EUR';
  const remove = (id: string) => {
    writeCart(lines.filter((line) => line.id !== id));
    void session().track({ type: 'remove_from_cart', itemId: id }, true);
  };
  const buy = async () => {
    await session().track({ type: 'purchase', itemIds: ids, value: sum }, true);
    writeCart([]);
    setBought(true);
  };
  return (
    <>
      <h1>Cart</h1>
      {lines.length === 0 ? (
        <p>{bought ? 'Thank you! (Nothing was really bought: this is a demo.)' : 'Nothing here yet.'}</p>
      ) : (
        <>
          <ul class="cart">
            {lines.map((line) => (
              <li key={line.id}>
                {line.image && <img src={sized(line.image, 160)} alt="" width={80} height={80} />}
                <a href={productPath(line.id)}>{line.title}</a>
                <span>{money(line.price)}</span>
                <button type="button" onClick={() => remove(line.id)} aria-label={`Remove ${line.title}`}>
                  Remove
                </button>
              </li>
            ))}
          </ul>
          <p class="sum">
            {money({ amount: sum, currency })}{' '}
            <button type="button" class="primary" onClick={() => void buy()}>
              Buy (demo)
            </button>
          </p>
        </>
      )}
      <Row
        key={ids.join()}
        heading={lines.length ? 'Goes with your cart' : 'Popular now'}
        placement={lines.length ? 'cart' : 'home'}
        items={ids}
        exclude={ids}
      />
    </>
  );
};
