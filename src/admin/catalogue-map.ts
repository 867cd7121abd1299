import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CLOCK, type Clock, LOGGER, type Logger } from '../platform/platform.api.js';
import { LiveCatalogue, type LiveItem } from '../retrieval/retrieval.api.js';
import { layOut } from './map-thread.js';

/** Points of a map; larger catalogues are sampled evenly. */
const MOST_POINTS = 2_000;
/** Fewer have no neighbourhood to keep. */
const LEAST_POINTS = 4;
const SEED = 7;
/** A catalogue that grew or shrank by less keeps its map. */
const CHANGE_WORTH_A_MAP = 0.05;

export const CatalogueMapView = z
  .object({
    state: z
      .enum(['ready', 'drawing', 'failed', 'empty'])
      .describe('drawing: ask again; points of the map before stay'),
    fusion: z.string().nullable().describe('Model whose vectors are shown'),
    at: z.string().nullable(),
    items: z.int().describe('Items that have a vector'),
    reason: z.string().nullable().describe('Why it failed'),
    points: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        category: z.string().nullable(),
        image: z.string().nullable(),
        x: z.number().describe('0 to 1'),
        y: z.number().describe('0 to 1'),
      }),
    ),
  })
  .meta({ id: 'CatalogueMap' });
export type CatalogueMapView = z.infer<typeof CatalogueMapView>;

interface Drawn {
  fusion: string;
  at: string;
  items: number;
  places: { key: number; x: number; y: number }[];
}

/** The catalogue as a picture: its fused vectors in the plane, drawn in a thread when somebody looks and something has changed. */
@Injectable()
export class CatalogueMap {
  private drawn: Drawn | null = null;
  private drawing: Promise<void> | null = null;
  private failed: string | null = null;

  constructor(
    private readonly catalogue: LiveCatalogue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The map as it is now; starts drawing when it is out of date, or when `again` asks for it. Answers at once. */
  read(again = false): CatalogueMapView {
    const items = this.catalogue.withVector().count;
    const { fusion } = this.catalogue;
    if (items < LEAST_POINTS || fusion === null)
      return { state: 'empty', fusion, at: null, items, reason: null, points: [] };
    const before = this.drawn;
    const changed =
      !before || before.fusion !== fusion || Math.abs(items - before.items) > CHANGE_WORTH_A_MAP * before.items;
    if (!this.drawing && (again || (changed && this.failed === null))) this.start(fusion, items);
    return {
      state: this.drawing ? 'drawing' : this.failed === null ? 'ready' : 'failed',
      fusion: before?.fusion ?? fusion,
      at: before?.at ?? null,
      items,
      reason: this.failed,
      points: (before?.places ?? []).flatMap(({ key, x, y }) => {
        const item = this.catalogue.byKey(key);
        return item ? [{ ...shown(item), x, y }] : [];
      }),
    };
  }

  private start(fusion: string, items: number): void {
    this.failed = null;
    this.drawing = this.draw(fusion, items)
      .catch((error: unknown) => {
        this.failed = error instanceof Error ? error.message : String(error);
        this.logger.warn({ err: error }, 'the map of the catalogue could not be drawn');
      })
      .finally(() => {
        this.drawing = null;
      });
  }

  private async draw(fusion: string, items: number): Promise<void> {
    const all = [...this.catalogue.withVector().keys()];
    const step = Math.max(1, all.length / MOST_POINTS);
    const keys = Array.from({ length: Math.min(all.length, MOST_POINTS) }, (_, at) => all[Math.floor(at * step)]!);
    const found = keys.flatMap((key) => {
      const vector = this.catalogue.vector(key);
      return vector ? [{ key, vector }] : [];
    });
    const dimension = found[0]!.vector.length;
    const vectors = new Float32Array(found.length * dimension);
    for (const [row, { vector }] of found.entries()) vectors.set(vector, row * dimension);
    const points = await layOut({ vectors, dimension, seed: SEED });
    this.drawn = { fusion, at: this.clock.now().toISOString(), items, places: squared(found, points) };
  }
}

/** Into the unit square, each axis by its own extent. */
const squared = (found: readonly { key: number }[], points: Float32Array): Drawn['places'] => {
  const axis = (offset: 0 | 1) => {
    const values = found.map((_, row) => points[row * 2 + offset]!);
    const low = Math.min(...values);
    const span = Math.max(...values) - low || 1;
    return values.map((value) => Math.round(((value - low) / span) * 10_000) / 10_000);
  };
  const [xs, ys] = [axis(0), axis(1)];
  return found.map(({ key }, row) => ({ key, x: xs[row]!, y: ys[row]! }));
};

const shown = ({ id, title, categories, image }: LiveItem) => ({ id, title, category: categories[0] ?? null, image });
