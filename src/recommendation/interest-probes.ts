import { groupInterests } from '../maths/interests.js';
import type { LiveCatalogue, VectorTable } from '../retrieval/retrieval.api.js';
import type { Past } from './past.js';
import { type Probe, probeOf } from './probe.js';

interface Known {
  table: VectorTable;
  position: number;
  probes: Probe[];
}

/** As long as a past is remembered, and no vector changes, so are the questions it comes to. */
const known = new WeakMap<Past, Known>();

/** A visitor's interests as questions, the strongest first. Not to be changed. */
export const interestProbes = (
  past: Past,
  catalogue: Pick<LiveCatalogue, 'byId' | 'byKey' | 'vector' | 'vectorTable'>,
): Probe[] => {
  const table = catalogue.vectorTable();
  if (!table || past.liked.size === 0) return [];
  const { position } = table.changes;
  const before = known.get(past);
  if (before?.table === table && before.position === position) return before.probes;
  const items = [...past.liked].flatMap(([id, weight]) => {
    const item = catalogue.byId(id);
    const vector = item && catalogue.vector(item.key);
    return vector ? [{ key: item.key, weight, vector }] : [];
  });
  const interests = groupInterests(items);
  const strongest = interests[0]?.share ?? 1;
  const probes = interests.map((interest) =>
    probeOf({
      source: 'history',
      because: { itemId: catalogue.byKey(interest.key)!.id },
      share: Math.sqrt(interest.share / strongest),
      fused: interest.vector,
    }),
  );
  known.set(past, { table, position, probes });
  return probes;
};
