import type { ModalityVectors } from '../embedding/embedding.api.js';
import type { LiveCatalogue } from '../retrieval/retrieval.api.js';
import type { PlacedItem } from './list-maker.js';
import { segmentFor } from './probe.js';
import { reasonsOf } from './ranking.js';
import type { RecommendationAnswer } from './recommendation.schema.js';

/** From and to, in seconds of a clip. */
export interface SegmentTime {
  start: number;
  end: number;
}

/** Times of the clip segments that answered, by item key: read only for the few items shown whose clip did. */
export const segmentTimes = async (
  list: readonly PlacedItem[],
  catalogue: LiveCatalogue,
  vectors: ModalityVectors,
): Promise<Map<number, SegmentTime>> => {
  const wanted = new Map<number, number>();
  for (const { key, contributions } of list) {
    const probe = contributions.find(({ source }) => source === 'context.text')?.probe;
    const ordinal = probe && segmentFor(probe, key, catalogue);
    if (ordinal !== undefined) wanted.set(key, ordinal);
  }
  const times = new Map<number, SegmentTime>();
  if (wanted.size === 0) return times;
  const stored = await vectors.read([...wanted.keys()]);
  for (const [key, ordinal] of wanted) {
    const part = stored.get(key)?.find((each) => each.modality === 'video' && each.ordinal === ordinal);
    if (part?.segment) times.set(key, { start: part.segment.start, end: part.segment.end });
  }
  return times;
};

/** An item of a list as the answer says it; reasons and penalties only where asked for. */
export const answerItem = (
  entry: PlacedItem,
  rank: number,
  explain: boolean,
  segments: ReadonlyMap<number, SegmentTime>,
): RecommendationAnswer['items'][number] => {
  const { title, url, image, price, availability, id } = entry.item;
  const answer = {
    id,
    rank,
    score: entry.score,
    placedBy: entry.placedBy,
    item: { title, url, image, price, availability },
  };
  if (!explain) return answer;
  const segment = segments.get(entry.key);
  return {
    ...answer,
    reasons: reasonsOf(entry).map((reason) =>
      segment && reason.source === 'context.text' ? { ...reason, because: { ...reason.because, segment } } : reason,
    ),
    penalties: entry.penalties.map(({ source, amount }) => ({ source, amount: Math.round(amount * 1e6) / 1e6 })),
  };
};
