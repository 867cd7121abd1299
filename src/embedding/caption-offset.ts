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
/** Better by less than this is no evidence of a shift. */
const CLEARLY = 0.05;

/**
 * The constant offset at which words and pictures agree best: the mean cosine of each caption with the frames shown meanwhile, weighted
 * by time, after the mean of the words and the mean of the pictures are taken out. Offsets from −10 to 10 s in steps of .1; where
 * neighbouring offsets agree equally well, the middle one; 0 unless another is clearly better. Cost O(offsets · captions · frames · d).
 */
export const captionOffset = (captions: readonly Span[], frames: readonly Span[]): CaptionOffset => {
  const none = { seconds: 0, agreement: 0, agreementUnshifted: 0 };
  if (captions.length === 0 || frames.length < 2) return none;
  const words = centred(captions);
  const pictures = centred(frames);
  const cosines = words.map((word) => pictures.map((picture) => (word && picture ? dot(word, picture) : 0)));
  const total = captions.reduce((sum, { start, end }) => sum + end - start, 0);
  const agreement = (offset: number): number => {
    let sum = 0;
    captions.forEach(({ start, end }, c) => {
      frames.forEach((frame, f) => {
        const shared = Math.min(end + offset, frame.end) - Math.max(start + offset, frame.start);
        if (shared > 0) sum += shared * cosines[c]![f]!;
      });
    });
    return sum / total;
  };
  const steps = Math.round(MOST_SECONDS / STEP_SECONDS);
  const scored = Array.from({ length: 2 * steps + 1 }, (_, at) => {
    const seconds = Math.round((at - steps) * STEP_SECONDS * 10) / 10;
    return { seconds, agreement: agreement(seconds) };
  });
  const unshifted = scored[steps]!.agreement;
  const best = Math.max(...scored.map((each) => each.agreement));
  if (best - unshifted < CLEARLY) return { seconds: 0, agreement: unshifted, agreementUnshifted: unshifted };
  return { seconds: middleOfBest(scored, best), agreement: best, agreementUnshifted: unshifted };
};

/** The middle of the run of offsets around the best that are as good as it. */
const middleOfBest = (scored: readonly { seconds: number; agreement: number }[], best: number): number => {
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
