import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { groupInterests } from '../maths/interests.js';
import { seededRandom } from '../maths/maths.api.js';
import { CLOCK, type Clock, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { VisitorReader } from '../recommendation/recommendation.api.js';
import { LiveCatalogue, Retrieval } from '../retrieval/retrieval.api.js';
import { type Clusters, centreOf, foldSmall } from './clusters.js';
import { ConsentingPeople } from './consenting-people.js';
import type { Segment, SegmentList, SegmentQuery } from './segment.schema.js';
import { nameOf, SegmentNames } from './segment-names.js';
import { clustered } from './segments-thread.js';

/** Fewer people in a segment could be told apart, and fewer who like a thing. */
export const LEAST_PEOPLE = 5;
const LEAST_ITEMS = 3;
/** More are represented by a sample of so many. */
const MOST_ROWS = 10_000;
const PAGE = 500;
const SEED = 20_260_301;
const REMEMBERED_MS = 300_000;

/** One user's or product's unit vector, and the products behind it with their weights. */
interface Row {
  vector: Float32Array;
  liked: ReadonlyMap<number, number>;
}

/** Consenting users by what they like, and products by how they look and read, in groups that are named by their nearest words. */
@Injectable()
export class SegmentsService implements OnApplicationShutdown {
  private readonly made = new Map<string, { at: number; list: Promise<SegmentList> }>();
  private readonly unfollow: () => void;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OUTBOX) outbox: Outbox,
    private readonly catalogue: LiveCatalogue,
    private readonly retrieval: Retrieval,
    private readonly visitors: VisitorReader,
    private readonly people: ConsentingPeople,
    private readonly names: SegmentNames,
  ) {
    // Whoever takes back their consent, or is erased, is in no segment from the next answer on.
    this.unfollow = outbox.follow('person', () => this.made.clear());
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  /**
   * Segments, largest first; remembered for five minutes unless somebody's consent changes. Users: the weighted mean of their interests, those that recommendations are made from; only
   * who agreed is read. Cost: for users one read of each one's history, then k-means in a thread of its own.
   */
  async of(query: SegmentQuery): Promise<SegmentList> {
    const name = JSON.stringify(query);
    const now = this.clock.now().getTime();
    const known = this.made.get(name);
    if (known && now - known.at < REMEMBERED_MS) return known.list;
    const list = this.make(query);
    this.made.set(name, { at: now, list });
    list.catch(() => this.made.delete(name));
    return list;
  }

  private async make({ of, count, examples }: SegmentQuery): Promise<SegmentList> {
    const leastSize = of === 'users' ? LEAST_PEOPLE : LEAST_ITEMS;
    const { rows, total } = of === 'users' ? await this.users() : this.items();
    const told = { of, total, looked: rows.length, leastSize, madeAt: this.clock.now().toISOString() };
    if (rows.length < leastSize) {
      const what =
        of === 'users'
          ? 'users who agreed to personal recommendations and like something (PUT /v1/users/{id}/consent)'
          : 'products with a vector';
      return { ...told, segments: [], note: `There are ${total} ${what}; segments need at least ${leastSize}.` };
    }
    const clusters = await cluster(rows, count ?? defaultCount(rows.length), leastSize);
    const groups = clusters.centres.map((_, at) => rows.filter((_row, row) => clusters.of[row] === at));
    const weights = groups.map(weightsOf);
    const words = await this.names.of(weights);
    const segments: Segment[] = [];
    for (const [at, group] of groups.entries())
      segments.push({
        id: at + 1,
        name: nameOf(words[at]!),
        words: words[at]!,
        size: group.length,
        share: Math.round((1000 * group.length) / rows.length) / 1000,
        examples: await this.examples(of, clusters.centres[at]!, group, examples),
      });
    return { ...told, segments, note: null };
  }

  private items(): { rows: Row[]; total: number } {
    const sample = new Sample<Row>(MOST_ROWS);
    for (const key of this.catalogue.recommendable(this.clock.now()).keys()) {
      const vector = this.catalogue.vector(key);
      if (vector) sample.offer({ vector, liked: new Map([[key, 1]]) });
    }
    return { rows: sample.kept, total: sample.offered };
  }

  private async users(): Promise<{ rows: Row[]; total: number }> {
    const sample = new Sample<Row>(MOST_ROWS);
    for (let after: string | null = null, more = true; more; ) {
      const page = await this.people.page('users', after, PAGE);
      for (const userId of page.ids) {
        const row = await this.user(userId);
        if (row) sample.offer(row);
      }
      after = page.last;
      more = after !== null;
    }
    return { rows: sample.kept, total: sample.offered };
  }

  private async user(userId: string): Promise<Row | null> {
    const { past } = await this.visitors.read({ userId });
    const items = [...past.liked].flatMap(([id, weight]) => {
      const item = this.catalogue.byId(id);
      const vector = item && this.catalogue.vector(item.key);
      return vector ? [{ key: item.key, weight, vector }] : [];
    });
    const interests = groupInterests(items);
    if (interests.length === 0) return null;
    const vector = centreOf(interests.map(({ vector: each, share }) => each.map((value) => value * share)));
    return { vector, liked: new Map(items.map(({ key, weight }) => [key, weight])) };
  }

  /** What most people of the segment like, where enough do that nobody shows; then what lies nearest to its middle. One variant of a product. */
  private async examples(
    of: SegmentQuery['of'],
    centre: Float32Array,
    group: readonly Row[],
    most: number,
  ): Promise<Segment['examples']> {
    const likers = new Map<number, number>();
    if (of === 'users')
      for (const { liked } of group) for (const key of liked.keys()) likers.set(key, (likers.get(key) ?? 0) + 1);
    const shared = [...likers]
      .filter(([, people]) => people >= LEAST_PEOPLE)
      .sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const recommendable = this.catalogue.recommendable(this.clock.now());
    const { candidates } = await this.retrieval.nearest(centre, most * 4, recommendable);
    const shown = new Map<number | string, Segment['examples'][number]>();
    for (const key of [...shared.map(([each]) => each), ...candidates.map((candidate) => candidate.key)]) {
      const item = this.catalogue.byKey(key);
      if (!item || shown.size === most || shown.has(item.groupId ?? key)) continue;
      const people = likers.get(key) ?? 0;
      shown.set(item.groupId ?? key, {
        id: item.id,
        title: item.title,
        image: item.image,
        price: item.price,
        likedBy: people >= LEAST_PEOPLE ? people : null,
      });
    }
    return [...shown.values()];
  }
}

const defaultCount = (rows: number): number => Math.max(2, Math.min(8, Math.round(Math.sqrt(rows / 2))));

const cluster = async (rows: readonly Row[], count: number, least: number): Promise<Clusters> => {
  const dimension = rows[0]!.vector.length;
  const vectors = new Float32Array(rows.length * dimension);
  for (const [at, { vector }] of rows.entries()) vectors.set(vector, at * dimension);
  const most = Math.max(1, Math.min(count, Math.floor(rows.length / least)));
  const clusters = most === 1 ? rows.map(() => 0) : await clustered({ vectors, dimension, count: most, seed: SEED });
  return foldSmall(
    rows.map(({ vector }) => vector),
    clusters,
    least,
  );
};

/** Every row counts the same, however much it has behind it. */
const weightsOf = (rows: readonly Row[]): Map<number, number> => {
  const weights = new Map<number, number>();
  for (const { liked } of rows) {
    const total = [...liked.values()].reduce((sum, weight) => sum + weight, 0);
    for (const [key, weight] of liked) weights.set(key, (weights.get(key) ?? 0) + weight / total);
  }
  return weights;
};

/** An even sample of a stream (Vitter's algorithm R), the same for the same stream. */
class Sample<T> {
  readonly kept: T[] = [];
  offered = 0;
  private readonly random = seededRandom(SEED);

  constructor(private readonly most: number) {}

  offer(value: T): void {
    this.offered++;
    if (this.kept.length < this.most) this.kept.push(value);
    else {
      const place = Math.floor(this.random.next() * this.offered);
      if (place < this.most) this.kept[place] = value;
    }
  }
}
