import { ASPECTS, CAPTIONS, SEEN_WORDS } from '../embedding/embedding.api.js';
import { CentredCosine } from '../maths/centred-cosine.js';
import { addScaled } from '../maths/vectors.js';

import { coloursOf } from './picture-colours.js';
import type { ShopApi } from './shop-api.js';

type Looked = keyof typeof SEEN_WORDS;

/** A word for what is seen, with the encoder's probability among the words of its list; for colours, the share of the thing that has it. */
export interface SeenWord {
  word: string;
  score: number;
}

/** What reviewers say about one thing. */
export interface Opinion {
  aspect: string;
  reviewers: number;
  verdict: 'praise' | 'complaint' | 'mixed';
  quotations: { text: string; reviewId: string; rating?: number; side: 'praise' | 'complaint' }[];
}

/** What is seen on an item's pictures, and what its reviewers agree and disagree on. */
export interface ItemDescription {
  id: string;
  title: string;
  price?: { amount: number; currency: string };
  availability: string;
  /** `colour` is measured on the picture, the others are the encoder's nearest words. */
  seen: Partial<Record<Looked | 'colour', SeenWord[]>>;
  reviews: { count: number; meanRating: number | null; agree: Opinion[]; disagree: Opinion[] };
  notes: string[];
}

interface StoredItem {
  id: string;
  title: string;
  price?: { amount: number; currency: string };
  availability?: string;
  categories?: string[];
  images?: { src?: string }[];
  status: { modalities: Record<string, string> };
}
interface Review {
  id: string;
  text: string;
  rating?: number;
}

const LISTS = (Object.keys(SEEN_WORDS) as Looked[]).filter((list) => list !== 'kind');
const WORDS_SHOWN = 3;
const REVIEWS_READ = 100;
const SENTENCES = 200;
/** Cosine to one of an aspect's two sentences, both less what all those sentences have in common, under which a sentence that has none of its words is not about it; and how far the next aspect has to be behind. */
const ABOUT = 0.48;
const APART = 0.12;
/** From so many stars on a sentence is praise; with so few, a complaint. */
const HAPPY = 4;
const UNHAPPY = 2;
const QUOTED = 3;

const path = (id: string): string => `/v1/items/${encodeURIComponent(id)}`;

/**
 * Describes an item by what the encoder sees on its picture (the nearest words of each list, softmax at the model's own temperature) and by
 * what reviewers say (sentences sorted to the aspect whose words they have, else to one that they are clearly nearest to; the stars of its review say on which side a sentence stands, and where they say neither the nearer side does); the stored description is never
 * repeated. Nothing is generated: every word comes from a fixed list, every opinion is a quotation. Cost: four classifications and one batch of
 * embeddings.
 */
export const describeItem = async (shop: ShopApi, id: string): Promise<ItemDescription> => {
  const item = await shop.call<StoredItem>('GET', path(id));
  const notes: string[] = [];
  const seen: ItemDescription['seen'] = {};
  const state = item.status.modalities.image ?? 'absent';
  const first = item.images?.find(({ src }) => src !== undefined)?.src;
  try {
    if (first === undefined || state === 'failed') throw new Error(state);
    seen.kind = await look(shop, item, 'kind', '');
    for (const list of LISTS) seen[list] = await look(shop, item, list, seen.kind[0]!.word);
    seen.colour = await coloursOf((await shop.picture(first)).bytes, WORDS_SHOWN);
  } catch (error) {
    // A new review puts the whole item back to pending while its picture can be looked at all the same; one that can't be yet is no fault.
    if (state === 'ready') throw error;
    notes.push(`no picture of it can be looked at (${state})`);
  }
  const { reviews } = await shop.call<{ reviews: Review[] }>('GET', `${path(id)}/reviews?limit=${REVIEWS_READ}`);
  const stars = reviews.flatMap(({ rating }) => (rating === undefined ? [] : [rating]));
  const opinions = reviews.length > 0 ? await opinionsOf(shop, reviews) : [];
  if (reviews.length === 0) notes.push('nobody has reviewed it yet');
  return {
    id: item.id,
    title: item.title,
    price: item.price,
    availability: item.availability ?? 'in_stock',
    seen,
    reviews: {
      count: reviews.length,
      meanRating: stars.length > 0 ? Math.round((10 * stars.reduce((a, b) => a + b, 0)) / stars.length) / 10 : null,
      agree: opinions.filter(({ verdict, reviewers }) => verdict !== 'mixed' && reviewers > 1),
      disagree: opinions.filter(({ verdict }) => verdict === 'mixed'),
    },
    notes,
  };
};

const look = async (shop: ShopApi, item: StoredItem, list: Looked, kind: string): Promise<SeenWord[]> => {
  // The shop's own names for its kinds come first: it knows what it sells.
  const own = list === 'kind' ? (item.categories ?? []).map((category) => category.split('>').at(-1)!.trim()) : [];
  const words = [...new Set([...own, ...SEEN_WORDS[list]])].slice(0, 100);
  const { results } = await shop.call<{ results: { text: string; probability: number }[] }>('POST', '/v1/classify', {
    image: { itemId: item.id },
    texts: words.map((word) => CAPTIONS[list](word, kind)),
  });
  const wordOf = new Map(words.map((word) => [CAPTIONS[list](word, kind), word]));
  return results
    .slice(0, WORDS_SHOWN)
    .map(({ text, probability }) => ({ word: wordOf.get(text)!, score: Math.round(probability * 1000) / 1000 }));
};

const sentencesOf = (text: string): string[] =>
  text
    .split(/(?<=[.!?…])\s+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.split(/\s+/).length >= 3);

/** The stars, since whoever gives five seldom complains, while the encoder hardly tells praise from complaint (`margin`: how much nearer the praise is). */
const sideOf = (rating: number | undefined, margin: number): 'praise' | 'complaint' => {
  if (rating !== undefined && rating >= HAPPY) return 'praise';
  if (rating !== undefined && rating <= UNHAPPY) return 'complaint';
  return margin >= 0 ? 'praise' : 'complaint';
};

const meanOf = (vectors: readonly Float32Array[]): Float32Array => {
  const mean = new Float32Array(vectors[0]!.length);
  for (const vector of vectors) addScaled(mean, vector, 1 / vectors.length);
  return mean;
};

const opinionsOf = async (shop: ShopApi, reviews: readonly Review[]): Promise<Opinion[]> => {
  const sentences = reviews
    .flatMap((review) => sentencesOf(review.text).map((text) => ({ text, review })))
    .slice(0, SENTENCES);
  const ask = async (texts: string[]): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    for (let at = 0; at < texts.length; at += 100) {
      const answer = await shop.call<{ texts: number[][] }>('POST', '/v1/embeddings', {
        texts: texts.slice(at, at + 100),
      });
      vectors.push(...answer.texts.map((vector) => Float32Array.from(vector)));
    }
    return vectors;
  };
  const sides = await ask(ASPECTS.flatMap(({ good, bad }) => [good, bad]));
  const said = await ask(sentences.map(({ text }) => text.slice(0, 1_000)));
  const centre = meanOf(sides);
  const questions = sides.map((side) => new CentredCosine(side, centre));
  const found = new Map<string, Opinion['quotations']>();
  sentences.forEach(({ text, review }, n) => {
    const likeness = questions.map((question) => question.to(said[n]!));
    const order = Array.from(ASPECTS, (_, aspect) => ({
      aspect,
      good: likeness[2 * aspect]!,
      bad: likeness[2 * aspect + 1]!,
      best: Math.max(likeness[2 * aspect]!, likeness[2 * aspect + 1]!),
    })).sort((one, other) => other.best - one.best);
    const named = order.find(({ aspect }) => ASPECTS[aspect]!.words.test(text));
    const [nearest, next] = [order[0]!, order[1]!];
    const first = named ?? (nearest.best >= ABOUT && nearest.best - next.best >= APART ? nearest : null);
    if (!first) return;
    const side = sideOf(review.rating, first.good - first.bad);
    const { name } = ASPECTS[first.aspect]!;
    const list = found.get(name) ?? [];
    list.push({ text, reviewId: review.id, rating: review.rating, side });
    found.set(name, list);
  });
  return [...found]
    .map(([aspect, quotations]): Opinion => {
      const sidesTaken = new Set(quotations.map(({ side }) => side));
      const verdict = sidesTaken.size > 1 ? 'mixed' : quotations[0]!.side;
      const shown = [...sidesTaken].flatMap((side) =>
        quotations.filter((quotation) => quotation.side === side).slice(0, QUOTED - sidesTaken.size + 1),
      );
      return {
        aspect,
        reviewers: new Set(quotations.map(({ reviewId }) => reviewId)).size,
        verdict,
        quotations: shown,
      };
    })
    .sort((a, b) => b.reviewers - a.reviewers || a.aspect.localeCompare(b.aspect));
};
