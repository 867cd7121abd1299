import type { LiveCatalogue } from '../retrieval/retrieval.api.js';
import type { Past } from './past.js';

/** What a past names, as items of the catalogue; those that are not there any more are left out. */
export interface PastKeys {
  liked: readonly { key: number; weight: number }[];
  likedKeys: ReadonlySet<number>;
  session: readonly number[];
}

interface Known {
  catalogue: object;
  position: number;
  keys: PastKeys;
}

const known = new WeakMap<Past, Known>();

/** Looked up once for as long as a past is remembered and no item changes. Not to be changed. */
export const pastKeys = (past: Past, catalogue: Pick<LiveCatalogue, 'byId' | 'changes'>): PastKeys => {
  const { position } = catalogue.changes;
  const before = known.get(past);
  if (before?.catalogue === catalogue && before.position === position) return before.keys;
  const liked = [...past.liked].flatMap(([id, weight]) => {
    const item = catalogue.byId(id);
    return item ? [{ key: item.key, weight }] : [];
  });
  const keys: PastKeys = {
    liked,
    likedKeys: new Set(liked.map(({ key }) => key)),
    session: past.session.flatMap((id) => catalogue.byId(id)?.key ?? []),
  };
  known.set(past, { catalogue, position, keys });
  return keys;
};
