import type { GatedFusion } from '../maths/gated-fusion.js';
import { GemmEngine, NothingToLearn, type TrainingModality } from '../maths/maths.api.js';
import { type LearnedBehaviour, learnBehaviour } from './learn-behaviour.js';
import { learnBlend } from './learn-blend.js';
import { learnFusion } from './learn-fusion.js';
import type {
  Learned,
  LearnedFusion,
  TrainingEars,
  TrainingEvents,
  TrainingInput,
  TrainingOutput,
} from './training-data.js';
import { firstMeetings } from './training-events.js';

/**
 * The whole of a training run, apart from where its data come from and where its models go: fusion, then behaviour, then the blend over what both would serve. Each is told
 * of as soon as it is done.
 */
export async function learn(given: TrainingInput, ears: TrainingEars): Promise<TrainingOutput> {
  const input = { ...given, modalities: given.modalities.map((m) => onlyNumbers(m, given.keys.length)) };
  const wants = (kind: TrainingInput['kinds'][number]): boolean => input.kinds.includes(kind);
  const engine = new GemmEngine(1);
  const events = firstMeetings(input.events, input.keys.length);
  const output: TrainingOutput = { fusion: null, behaviour: null, blend: null };
  if (wants('fusion')) {
    ears.progress('fusion', 0.02);
    output.fusion = fusionOrReason(input, events, ears);
    ears.learned?.('fusion', output.fusion);
  }
  if (wants('behaviour') || wants('blend')) {
    const { learned, nested } = await behaviourOrReason(input, events, engine, ears);
    if (wants('behaviour')) {
      output.behaviour = learned;
      ears.learned?.('behaviour', learned);
    }
    if (wants('blend')) {
      ears.progress('blend of all sources', 0.85);
      output.blend = learnBlend(input, events, nested, servedFusion(input, output.fusion));
      ears.learned?.('blend', output.blend);
    }
  }
  await engine.close();
  return output;
}

/** Numbers that came out not finite are a reason to decline, never a model. */
async function behaviourOrReason(
  input: TrainingInput,
  events: TrainingEvents,
  engine: GemmEngine,
  ears: TrainingEars,
): Promise<LearnedBehaviour> {
  try {
    return await learnBehaviour(input, events, engine, ears);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { learned: { is: 'declined', reason: error.message }, nested: null };
  }
}

function fusionOrReason(input: TrainingInput, events: TrainingEvents, ears: TrainingEars): Learned<LearnedFusion> {
  try {
    return learnFusion(input, events, ears);
  } catch (error) {
    if (!(error instanceof NothingToLearn) && !(error instanceof RangeError)) throw error;
    return { is: 'declined', reason: error.message };
  }
}

/** The fusion that will serve beside the blend: the new one where it goes live. */
const servedFusion = (input: TrainingInput, fusion: Learned<LearnedFusion> | null): GatedFusion | null =>
  fusion?.is === 'learned' && fusion.verdict.promote ? fusion.model.fusion : input.liveFusion;

/** A vector that is not made of finite numbers is no vector: the item lacks that modality. */
function onlyNumbers(m: TrainingModality, items: number): TrainingModality {
  const present = m.present.slice();
  const vectors = m.vectors.slice();
  for (let i = 0; i < items; i++) {
    const row = vectors.subarray(i * m.width, (i + 1) * m.width);
    if (present[i] === 1 && row.every(Number.isFinite)) continue;
    present[i] = 0;
    row.fill(0);
  }
  return { ...m, vectors, present };
}
