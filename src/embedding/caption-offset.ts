import { addScaled, dot, normalised } from '../maths/vectors.js';

/** A unit vector that holds from `start` to `end`, in seconds. */
export interface Span {
  start: number;
  end: number;
  vector: Float32Array;
}

export interface CaptionOffset {
  /** Seconds to add to the captions' times. */
  seconds: number;
  /** Mean agreement of words and pictures with and without it. */
  agreement: number;
  agreementUnshifted: number;
}

const MOST_SECONDS = 10;
const STEP_SECONDS = 0.1;
const STEPS = Math.round(MOST_SECONDS / STEP_SECONDS);
/** Better by less than this, or by less than this share, is no evidence of a shift. */
const CLEARLY = 0.02;
const CLEARLY_SHARE = 0.15;
/** Captions dealt out to one another's times must not agree as well, or the agreement is chance. */
const ABOVE_CHANCE = 1;
const MOST_DEALS = 10;

/**
 * The constant offset at which words and pictures agree best: the mean cosine of each caption with the frames shown meanwhile, weighted
 * by time, after the mean of the words and the mean of the pictures are taken out. Offsets from −10 to 10 s in steps of .1; where
 * neighbouring offsets agree equally well, the middle one; 0 unless another is clearly better, and better than chance.
 * Cost O(captions · frames · d + captions · offsets).
 *
 * @param frames one after another without gaps, in time order
 */
export const captionOffset = (captions: readonly Span[], frames: readonly Span[]): CaptionOffset => {
  if (captions.length === 0 || frames.length < 2) return { seconds: 0, agreement: 0, agreementUnshifted: 0 };
  const sums = runningSums(captions, frames);
  const scored = agreements(captions, frames, sums, 0);
  const unshifted = scored[STEPS]!.agreement;
  const best = highest(scored);
  const stay = { seconds: 0, agreement: unshifted, agreementUnshifted: unshifted };
  if (best - unshifted < Math.max(CLEARLY, CLEARLY_SHARE * Math.abs(best))) return stay;
  for (let deal = 1; deal < Math.min(captions.length, MOST_DEALS + 1); deal++) {
    if (best < ABOVE_CHANCE * highest(agreements(captions, frames, sums, deal))) return stay;
  }
  return { seconds: middleOfBest(scored, best), agreement: best, agreementUnshifted: unshifted };
};

interface Scored {
  seconds: number;
  agreement: number;
}

const highest = (scored: readonly Scored[]): number => Math.max(...scored.map(({ agreement }) => agreement));

/** For each caption the integral over time of its cosine with what is shown, up to the end of each frame. */
const runningSums = (captions: readonly Span[], frames: readonly Span[]): Float64Array[] => {
  const words = centred(captions);
  const pictures = centred(frames);
  return words.map((word) => {
    let sum = 0;
    return Float64Array.from(frames, ({ start, end }, f) => {
      const picture = pictures[f];
      if (word && picture) sum += dot(word, picture) * (end - start);
      return sum;
    });
  });
};

/** Agreement at every offset, with each caption saying the words of the one `deal` places on. */
const agreements = (
  captions: readonly Span[],
  frames: readonly Span[],
  sums: readonly Float64Array[],
  deal: number,
): Scored[] => {
  const total = captions.reduce((sum, { start, end }) => sum + end - start, 0);
  return Array.from({ length: 2 * STEPS + 1 }, (_, at) => {
    const seconds = Math.round((at - STEPS) * STEP_SECONDS * 10) / 10;
    let agreement = 0;
    captions.forEach(({ start, end }, c) => {
      const sum = sums[(c + deal) % sums.length]!;
      agreement += integral(frames, sum, end + seconds) - integral(frames, sum, start + seconds);
    });
    return { seconds, agreement: agreement / total };
  });
};

/** The running sum at a moment; what lies outside the clip adds nothing. */
const integral = (frames: readonly Span[], sums: Float64Array, moment: number): number => {
  const first = frames[0]!.start;
  const last = frames[frames.length - 1]!.end;
  if (moment <= first) return 0;
  if (moment >= last) return sums[sums.length - 1]!;
  let low = 0;
  let high = frames.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle]!.end < moment) low = middle + 1;
    else high = middle;
  }
  const before = low === 0 ? 0 : sums[low - 1]!;
  const { start, end } = frames[low]!;
  return before + (sums[low]! - before) * Math.min(1, Math.max(0, (moment - start) / (end - start)));
};

/** The middle of the run of offsets around the best that are as good as it. */
const middleOfBest = (scored: readonly Scored[], best: number): number => {
  const top = scored.findIndex((each) => each.agreement === best);
  const asGood = (at: number) =>
    scored[at] !== undefined && best - scored[at].agreement < 1e-3 + 0.005 * Math.abs(best);
  let from = top;
  let to = top;
  while (asGood(from - 1)) from--;
  while (asGood(to + 1)) to++;
  return Math.round(((scored[from]!.seconds + scored[to]!.seconds) / 2) * 10) / 10;
};

/** Each vector less the mean of all, which is what all words (or all pictures) have in common; null where nothing is left. */
const centred = (spans: readonly Span[]): (Float32Array | null)[] => {
  // One caption alone has nothing to differ from.
  if (spans.length === 1) return [spans[0]!.vector];
  const mean = new Float32Array(spans[0]!.vector.length);
  for (const { vector } of spans) addScaled(mean, vector, 1 / spans.length);
  return spans.map(({ vector }) => {
    const rest = vector.slice();
    addScaled(rest, mean, -1);
    return normalised(rest);
  });
};
