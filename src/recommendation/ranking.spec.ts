import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveCatalogue, LiveItem } from '../retrieval/retrieval.api.js';
import { DEFAULT_BLEND, weightsFor } from './blend-model.js';
import { makeList } from './list-maker.js';
import type { LiveRule } from './live-rules.js';
import { onePerGroup, rankCandidates, reasonsOf, type SourceValues } from './ranking.js';
import { BLENDED, type BlendedSource } from './source.js';

const shop = (groups: readonly number[]): LiveCatalogue => {
  const items = groups.map(
    (group, key) => ({ key, id: `p${key}`, group, brand: key % 2 ? 'odd' : 'even' }) as unknown as LiveItem,
  );
  return { byKey: (key: number) => items[key], vector: () => undefined } as unknown as LiveCatalogue;
};
const values = (list: readonly number[]): SourceValues => ({
  values: Float64Array.from(list),
  because: (at) => ({ itemId: `b${at}` }),
  probe: () => undefined,
});
const rule = (change: Partial<LiveRule>): LiveRule => ({
  id: 'r',
  kind: 'pin',
  placement: null,
  itemIds: [],
  filter: null,
  amount: 0.3,
  position: 1,
  matches: (item) => (change.itemIds ?? []).includes(item.id),
  ...change,
});
const rest = (key: number) => ({ source: 'new' as const, order: key });

const cases = fc.integer({ min: 1, max: 30 }).chain((n) =>
  fc.record({
    groups: fc.array(fc.integer({ min: 100, max: 120 }), { minLength: n, maxLength: n }),
    image: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: n, maxLength: n }),
    history: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: n, maxLength: n }),
    bad: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: n, maxLength: n }),
    emphasis: fc.double({ min: 0, max: 10, noNaN: true }),
    limit: fc.integer({ min: 1, max: 40 }),
    diversity: fc.constantFrom(0, 0.2, 1),
  }),
);

const rankOf = (
  given: { groups: number[]; image: number[]; history: number[]; bad: number[] },
  emphasis: number,
  rules: LiveRule[] = [],
) => {
  const weights = weightsFor(DEFAULT_BLEND, {
    placement: 'home',
    events: 5,
    present: new Set<BlendedSource>(['context.image', 'history']),
    emphasis: { images: 1, text: 1, history: emphasis },
  });
  return rankCandidates({
    keys: given.groups.map((_, key) => key),
    catalogue: shop(given.groups),
    sources: new Map<BlendedSource, SourceValues>([
      ['context.image', values(given.image)],
      ['history', values(given.history)],
    ]),
    weights,
    lowering: [{ source: 'negatives', values: Float64Array.from(given.bad), share: 0.7 }],
    rules,
    rest,
  });
};

describe('a ranked list', () => {
  it('explains every item by shares that add up to 1, of sources that raised it', () => {
    fc.assert(
      fc.property(cases, (given) => {
        for (const entry of rankOf(given, given.emphasis)) {
          const reasons = reasonsOf(entry);
          expect(reasons.length).toBeGreaterThan(0);
          expect(reasons.reduce((sum, { share }) => sum + Math.round(share * 1e6), 0)).toBe(1_000_000);
        }
      }),
    );
  });

  it('has the score that its contributions and penalties add up to, and falls down the list without diversity', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const ranked = rankOf(given, given.emphasis);
        for (const { score, contributions, penalties } of ranked) {
          const sum =
            contributions.reduce((total, { amount }) => total + amount, 0) -
            penalties.reduce((total, { amount }) => total + amount, 0);
          expect(score).toBeCloseTo(sum, 5);
        }
        const list = makeList(onePerGroup(ranked), {
          limit: given.limit,
          diversity: 0,
          rules: [],
          catalogue: shop(given.groups),
          seed: 'v 1',
        });
        list.slice(1).forEach((entry, index) => {
          expect(entry.score).toBeLessThanOrEqual(list[index]!.score);
        });
      }),
    );
  });

  it('holds exactly min(limit, products), one variant of each, whatever is pinned or explored', () => {
    fc.assert(
      fc.property(
        cases,
        fc.array(fc.integer({ min: 0, max: 29 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        (given, pins, position) => {
          const rules = pins.length > 0 ? [rule({ itemIds: pins.map((key) => `p${key}`), position })] : [];
          const list = makeList(onePerGroup(rankOf(given, 1, rules)), {
            limit: given.limit,
            diversity: given.diversity,
            rules,
            catalogue: shop(given.groups),
            seed: 'someone 2026-01-01',
          });
          expect(list.length).toBe(Math.min(given.limit, new Set(given.groups).size));
          expect(new Set(list.map(({ item }) => item.group)).size).toBe(list.length);
        },
      ),
    );
  });

  it('shows more of the history, never less, the more it is emphasised', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 10, noNaN: true }), (given, other) => {
        const quiet = { ...given, bad: given.bad.map(() => 0) };
        const shown = (emphasis: number) =>
          rankOf(quiet, emphasis)
            .slice(0, given.limit)
            .reduce((sum, { key }) => sum + given.history[key]!, 0);
        const [low, high] = [Math.min(given.emphasis, other), Math.max(given.emphasis, other)];
        expect(shown(high)).toBeGreaterThanOrEqual(shown(low) - 1e-5 * given.limit);
      }),
    );
  });
});

describe('weights of the sources', () => {
  it('let three personal sources together weigh less than the picture that was just clicked', () => {
    const weights = weightsFor(DEFAULT_BLEND, {
      placement: 'product',
      events: 100,
      present: new Set(BLENDED),
      emphasis: { images: 1, text: 1, history: 1 },
    });
    expect(weights.history + weights.behaviour + weights.session).toBeLessThanOrEqual(
      0.6 * weights['context.image'] + 1e-9,
    );
  });

  it('trust a history the more, the more there is of it', () => {
    const at = (events: number) =>
      weightsFor(DEFAULT_BLEND, {
        placement: 'home',
        events,
        present: new Set(['history'] as const),
        emphasis: { images: 1, text: 1, history: 1 },
      }).history;
    expect(at(0)).toBe(0);
    expect(at(1)).toBeLessThan(at(3));
    expect(at(3)).toBeLessThan(at(30));
  });
});

describe('rules', () => {
  const given = {
    groups: [0, 1, 2, 3, 4, 5],
    image: [1, 0.9, 0.8, 0.7, 0.6, 0.5],
    history: [0, 0, 0, 0, 0, 0],
    bad: [0, 0, 0, 0, 0, 0],
  };
  const listWith = (rules: LiveRule[], limit = 4) =>
    makeList(onePerGroup(rankOf(given, 1, rules)), {
      limit,
      diversity: 0,
      rules,
      catalogue: shop(given.groups),
      seed: null,
    });

  it('put a pinned item into its place and say so', () => {
    const list = listWith([rule({ itemIds: ['p5'], position: 2 })]);
    expect(list.map(({ item }) => item.id)).toEqual(['p0', 'p5', 'p1', 'p2']);
    expect(list[1]).toMatchObject({ placedBy: 'rule' });
    expect(reasonsOf(list[1]!).map(({ source }) => source)).toContain('rule');
  });

  it('raise what is boosted, lower what is buried, and say so', () => {
    const boosted = listWith([rule({ kind: 'boost', itemIds: ['p3'], amount: 1 })]);
    expect(boosted[0]).toMatchObject({ placedBy: 'rule', key: 3 });
    const buried = listWith([rule({ kind: 'bury', itemIds: ['p0'], amount: 1 })], 6);
    expect(buried.at(-1)).toMatchObject({ key: 0, placedBy: 'rule', penalties: [{ source: 'rule' }] });
  });
});

describe('exploration', () => {
  const n = 40;
  const given = {
    groups: Array.from({ length: n }, (_, i) => i),
    image: Array.from({ length: n }, (_, i) => 1 - i / n),
    history: Array(n).fill(0),
    bad: Array(n).fill(0),
  };
  const listFor = (seed: string | null) =>
    makeList(onePerGroup(rankOf(given, 1)), {
      limit: 12,
      diversity: 0,
      rules: [],
      catalogue: shop(given.groups),
      seed,
    });

  it('touches only the last place, for a share of visitors, the same way all day', () => {
    const plain = listFor(null).map(({ key }) => key);
    let explored = 0;
    for (let visitor = 0; visitor < 400; visitor++) {
      const list = listFor(`v${visitor} home 2026-05-01`);
      expect(list.slice(0, -1).map(({ key }) => key)).toEqual(plain.slice(0, -1));
      expect(listFor(`v${visitor} home 2026-05-01`)).toEqual(list);
      if (list.at(-1)!.placedBy === 'exploration') {
        explored++;
        expect(list.at(-1)!.propensity).toBeCloseTo(0.1 / 20, 9);
      }
    }
    expect(explored / 400).toBeGreaterThan(0.05);
    expect(explored / 400).toBeLessThan(0.16);
  });
});
