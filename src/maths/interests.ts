import { addScaled, dot, normalised } from './vectors.js';

/** One thing of a visitor's past with its weight (> 0) and its unit vector. */
export interface PastItem {
  key: number;
  weight: number;
  vector: Float32Array;
}

/** Things of the past that lie together, and the one of them in the middle. */
export interface Interest {
  /** Key of the medoid: a real item, so that a reason can name it. */
  key: number;
  vector: Float32Array;
  /** Share of all weight, (0, 1]; the shares of all interests add up to 1. */
  share: number;
  /** Keys of the items in it, heaviest first. */
  members: number[];
}

interface Group {
  members: PastItem[];
  weight: number;
}

/**
 * Groups what a visitor did into at most `most` interests, strongest first, so that a shoe and a lamp are never averaged into one question.
 *
 * Greedy by falling weight: an item joins the group whose first member is nearest to it if their cosine is at least `threshold`,
 * else it opens a group; when `most` groups are open it joins the nearest one whatever the cosine. The medoid is the member
 * nearest to the weighted mean of its group. After PinnerSage (Pal 2020), with greedy grouping in place of Ward's. Ties by key.
 * Cost O(n · most · d).
 */
export const groupInterests = (past: readonly PastItem[], { threshold = 0.5, most = 5 } = {}): Interest[] => {
  const byWeight = [...past].filter((item) => item.weight > 0).sort((a, b) => b.weight - a.weight || a.key - b.key);
  const groups: Group[] = [];
  for (const item of byWeight) {
    let nearest: Group | null = null;
    let best = Number.NEGATIVE_INFINITY;
    for (const group of groups) {
      const cosine = dot(group.members[0]!.vector, item.vector);
      if (cosine > best) {
        best = cosine;
        nearest = group;
      }
    }
    if (nearest && (best >= threshold || groups.length >= most)) {
      nearest.members.push(item);
      nearest.weight += item.weight;
    } else {
      groups.push({ members: [item], weight: item.weight });
    }
  }
  const total = groups.reduce((sum, group) => sum + group.weight, 0);
  return groups
    .map((group) => ({
      ...medoid(group.members),
      share: group.weight / total,
      members: group.members.map((item) => item.key),
    }))
    .sort((a, b) => b.share - a.share || a.key - b.key);
};

const medoid = (members: readonly PastItem[]): { key: number; vector: Float32Array } => {
  const first = members[0]!;
  if (members.length < 3) return first;
  const mean = new Float32Array(first.vector.length);
  for (const member of members) addScaled(mean, member.vector, member.weight);
  const centre = normalised(mean);
  if (!centre) return first;
  let middle = first;
  let best = Number.NEGATIVE_INFINITY;
  for (const member of members) {
    const cosine = dot(centre, member.vector);
    if (cosine > best) {
      best = cosine;
      middle = member;
    }
  }
  return middle;
};
