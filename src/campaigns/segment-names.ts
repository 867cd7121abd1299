import { Injectable } from '@nestjs/common';
import { CAPTIONS, EmbeddingService, SEEN_WORDS } from '../embedding/embedding.api.js';
import { dot } from '../maths/vectors.js';
import { LiveCatalogue } from '../retrieval/retrieval.api.js';
import type { Segment } from './segment.schema.js';

type Looked = keyof typeof SEEN_WORDS;

const LISTS = Object.keys(SEEN_WORDS) as Looked[];
const WORDS_SHOWN = 3;
/** A second kind of thing stands in a name when it is nearly as near as the first. */
const NEARLY = 0.75;
/** Own names of kinds, the most frequent ones. */
const MOST_OWN = 60;

interface Word {
  word: string;
  vector: Float32Array;
}

/** Names groups of products by the words that describe what is seen on them, where they differ from the whole catalogue. */
@Injectable()
export class SegmentNames {
  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly embedding: EmbeddingService,
  ) {}

  /**
   * Words of each group: nearest in cosine to the mean of its pictures, after what the whole catalogue has in common is taken from the pictures and what all words of a list
   * have in common from the words. Products without a picture count by their words. Cost: some 160 short texts the first time, remembered after.
   */
  async of(groups: readonly ReadonlyMap<number, number>[]): Promise<Segment['words'][]> {
    const everything = new Map<number, number>();
    for (const key of this.catalogue.all().keys()) everything.set(key, 1);
    const whole = this.mean(everything);
    const lists = new Map<Looked, Word[]>();
    for (const list of LISTS) lists.set(list, await this.words(list));
    return groups.map((group) => {
      const mean = this.mean(group);
      const own = whole && mean ? mean.map((value, i) => value - whole[i]!) : null;
      return Object.fromEntries(
        LISTS.map((list) => [list, own ? nearest(own, lists.get(list)!) : []]),
      ) as Segment['words'];
    });
  }

  private mean(group: ReadonlyMap<number, number>): Float32Array | null {
    let sum: Float32Array | null = null;
    let total = 0;
    for (const [key, weight] of group) {
      const vector = this.catalogue.pictures(key)[0] ?? this.catalogue.text(key);
      if (!vector) continue;
      sum ??= new Float32Array(vector.length);
      for (let i = 0; i < sum.length; i++) sum[i]! += weight * vector[i]!;
      total += weight;
    }
    return sum && total > 0 ? sum.map((value) => value / total) : null;
  }

  private async words(list: Looked): Promise<Word[]> {
    const words = [...new Set([...(list === 'kind' ? this.ownKinds() : []), ...SEEN_WORDS[list]])];
    const vectors = await this.embedding.embedTexts(words.map((word) => CAPTIONS[list](word, 'product')));
    const common = vectors[0]!.map((_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0) / vectors.length);
    return words.map((word, at) => {
      const vector = vectors[at]!.map((value, i) => value - common[i]!);
      const length = Math.hypot(...vector) || 1;
      return { word, vector: vector.map((value) => value / length) };
    });
  }

  /** The shop's own names for its kinds come first: it knows what it sells. */
  private ownKinds(): string[] {
    const counts = new Map<string, number>();
    for (const key of this.catalogue.all().keys()) {
      const name = this.catalogue.byKey(key)?.categories[0]?.split('>').at(-1)?.trim();
      if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return [...counts]
      .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
      .slice(0, MOST_OWN)
      .map(([name]) => name);
  }
}

const nearest = (own: Float32Array, words: readonly Word[]): { word: string; score: number }[] => {
  const length = Math.hypot(...own) || 1;
  return words
    .map(({ word, vector }) => ({ word, score: Math.round((dot(own, vector) / length) * 1000) / 1000 }))
    .sort((a, b) => b.score - a.score || a.word.localeCompare(b.word))
    .slice(0, WORDS_SHOWN);
};

/** One line for people: what it is, of what, and in which style. */
export const nameOf = ({ kind, material, style }: Segment['words']): string => {
  const [first, second] = kind;
  if (!first) return 'without pictures or words';
  const kinds = second && second.score >= NEARLY * first.score ? [first.word, second.word] : [first.word];
  return [kinds.join(', '), ...[material[0], style[0]].flatMap((word) => (word ? [word.word] : []))].join(' · ');
};
