import { parentPort, workerData } from 'node:worker_threads';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { ClipTowers, type RunPlan } from './clip-towers.js';
import { type FaultFacts, ModelFault, modelFault, reasonOf } from './model-fault.js';
import { type Dtype, type ModelFacts, readModelFolder } from './model-folder.js';
import { type PictureLimits, picturePixels } from './picture-pixels.js';

/** What the thread is started with. */
export interface EncoderThreadData {
  folder: string;
  name: string;
  dtype: Dtype | 'auto';
  plan: RunPlan;
  limits: PictureLimits;
  /** Pictures decoded at once; decoding uses the process's shared pool, which files and name look-ups need as well. */
  decoders: number;
}

export type EncoderRequest =
  | { id: number; is: 'images'; pictures: Uint8Array[] }
  | { id: number; is: 'texts'; texts: string[] }
  | { is: 'close' };

/** A vector, or why there is none. */
export type Answered = Float32Array | FaultFacts;

export type EncoderReply =
  | { is: 'ready'; facts: ModelFacts; dimension: number; device: RunPlan['device']; deviceNote: string | null }
  | { is: 'broken'; fault: FaultFacts }
  | { is: 'answer'; id: number; answers: Answered[] }
  | { is: 'refused'; id: number; fault: FaultFacts };

const port = parentPort!;
const data = workerData as EncoderThreadData;
const reply = (message: EncoderReply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

const factsOf = (error: unknown): FaultFacts =>
  error instanceof ModelFault
    ? error.facts
    : modelFault('FAILED', `The encoder stopped at: ${reasonOf(error)}.`, error).facts;

/** Loads onto the wished device; where that fails, onto the processor, with the sentence that says so. */
const load = async (
  facts: ModelFacts,
): Promise<{ towers: ClipTowers; device: RunPlan['device']; note: string | null }> => {
  if (data.plan.device === 'cpu') return { towers: await ClipTowers.load(facts, data.plan), device: 'cpu', note: null };
  try {
    const towers = await ClipTowers.load(facts, data.plan);
    // Some drivers only fail at the first run.
    await towers.texts(['a']);
    return { towers, device: data.plan.device, note: null };
  } catch (error) {
    const note = `The encoder runs on the processor: ${reasonOf(error)}.`;
    return { towers: await ClipTowers.load(facts, { ...data.plan, device: 'cpu' }), device: 'cpu', note };
  }
};

const start = async (): Promise<void> => {
  // One thread a picture gives the most pictures a second, and leaves processors to others.
  sharp.concurrency(1);
  const facts = await readModelFolder(data.folder, data.dtype, data.name);
  const { towers, device, note } = await load(facts);
  const [[text], [picture]] = [
    await towers.texts(['a']),
    await towers.pictures([new Float32Array(3 * facts.picture.width * facts.picture.height).fill(0.5)]),
  ];
  if (text!.length !== picture!.length) {
    throw modelFault(
      'OUTPUT',
      `The text tower answers ${text!.length} numbers, the vision tower ${picture!.length}; both must be of one model.`,
    );
  }
  listen(towers);
  reply({ is: 'ready', facts, dimension: text!.length, device, deviceNote: note });
};

/** Decoding of a later request goes on while the network runs an earlier one; the network runs them in order. */
const listen = (towers: ClipTowers): void => {
  const decode = pLimit(data.decoders);
  let network: Promise<void> = Promise.resolve();
  port.on('message', (request: EncoderRequest) => {
    if (request.is === 'close') {
      network = network.then(() => towers.dispose()).finally(() => port.close());
      return;
    }
    const ready =
      request.is === 'images'
        ? Promise.all(request.pictures.map((bytes) => decode(() => decoded(bytes, towers.facts))))
        : null;
    network = network.then(async () => {
      try {
        const answers =
          request.is === 'images' ? await pictures(towers, (await ready)!) : await texts(towers, request.texts);
        reply(
          { is: 'answer', id: request.id, answers },
          answers.filter((each) => each instanceof Float32Array).map((each) => each.buffer as ArrayBuffer),
        );
      } catch (error) {
        reply({ is: 'refused', id: request.id, fault: factsOf(error) });
      }
    });
  });
};

const decoded = async (bytes: Uint8Array, facts: ModelFacts): Promise<Float32Array | ModelFault> => {
  try {
    return await picturePixels(bytes, facts.picture, data.limits);
  } catch (error) {
    if (error instanceof ModelFault) return error;
    throw error;
  }
};

const pictures = async (
  towers: ClipTowers,
  decodedPictures: readonly (Float32Array | ModelFault)[],
): Promise<Answered[]> => {
  const good = decodedPictures.filter((each): each is Float32Array => each instanceof Float32Array);
  const vectors = await towers.pictures(good);
  let at = 0;
  return decodedPictures.map((each) => (each instanceof ModelFault ? each.facts : own(vectors[at++]!)));
};

/** One bad text must not cost its neighbours their vectors. */
const texts = async (towers: ClipTowers, given: readonly string[]): Promise<Answered[]> => {
  try {
    return (await towers.texts(given)).map(own);
  } catch (error) {
    if (!(error instanceof ModelFault) || given.length === 1) return given.map(() => factsOf(error));
    const answers: Answered[] = [];
    for (const text of given) answers.push((await texts(towers, [text]))[0]!);
    return answers;
  }
};

/** A vector with a buffer of its own, so that it can be handed over without a copy. */
const own = (vector: Float32Array): Float32Array =>
  vector.byteLength === vector.buffer.byteLength ? vector : vector.slice();

start().catch((error: unknown) => {
  reply({ is: 'broken', fault: factsOf(error) });
  port.close();
});
