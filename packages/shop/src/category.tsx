import { Row } from './row.js';

/** One category, in the order that suits this visitor. */
export const Category = ({ path = '' }: { path?: string }) => (
  <>
    <nav class="crumbs" aria-label="Breadcrumb">
      <a href="/shop">Shop</a> › <span>{path}</span>
    </nav>
    <h1>{path.split('>').at(-1)!.trim()}</h1>
    <Row key={path} placement="category" layout="grid" limit={60} filter={{ category: { under: path } }} />
  </>
);
