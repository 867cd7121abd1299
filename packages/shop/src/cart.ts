import { useEffect, useState } from 'preact/hooks';

/** The cart lives in this tab's session storage: a cart is what a shop needs to work, not tracking. */
export interface CartLine {
  id: string;
  title: string;
  image: string | null;
  price: { amount: number; currency: string } | null;
}

const KEY = 'vitrine-shop-cart';
const changed = new EventTarget();

export const readCart = (): CartLine[] => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as CartLine[];
  } catch {
    return [];
  }
};

export const writeCart = (lines: CartLine[]): void => {
  sessionStorage.setItem(KEY, JSON.stringify(lines));
  changed.dispatchEvent(new Event('change'));
};

/** The cart's lines, kept up to date. */
export const useCart = (): CartLine[] => {
  const [lines, setLines] = useState(readCart);
  useEffect(() => {
    const update = () => setLines(readCart());
    changed.addEventListener('change', update);
    return () => changed.removeEventListener('change', update);
  }, []);
  return lines;
};
