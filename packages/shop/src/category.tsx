import { useEffect, useRef, useState } from 'preact/hooks';
import { Row } from './row.js';

/** One category, in the order that suits this visitor. */
export const Category = ({ path = '' }: { path?: string }) => {
  const list = useRef<HTMLDivElement>(null);
  const [bare, setBare] = useState(false);
  useEffect(() => {
    setBare(false);
    const heard = (event: Event) => setBare((event as CustomEvent<{ items: unknown[] }>).detail.items.length === 0);
    const here = list.current;
    here?.addEventListener('vitrine-shown', heard);
    return () => here?.removeEventListener('vitrine-shown', heard);
  }, [path]);
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/shop">Shop</a> › <span>{path}</span>
      </nav>
      <h1>{path.split('>').at(-1)!.trim()}</h1>
      {bare && (
        <p class="quiet">
          Nothing here at the moment. <a href="/shop">Back to the shop</a>
        </p>
      )}
      <div ref={list}>
        <Row key={path} placement="category" layout="grid" limit={60} filter={{ category: { under: path } }} />
      </div>
    </>
  );
};
