import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { ClipTowers, type RunPlan } from './clip-towers.js';
import { type FaultFacts, factsOf, ModelFault, modelFault, reasonOf } from './model-fault.js';
import { type Dtype, type ModelFacts, readModelFolder } from './model-folder.js';
import type { DecodedBatch } from './picture-decoder-worker.js';

/** What the thread is started with. */
export interface EncoderThreadData {
  folder: string;
  name: string;
  dtype: Dtype | 'auto';
  plan: RunPlan;
  /** From the thread that decodes: it is sent the `PicturePlan` once the model is read, and sends `DecodedBatch`es and at last 'close'. */
  decoder: MessagePort;
}

export type EncoderRequest = { id: number; is: 'texts'; texts: string[] } | { is: 'close' };

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
    const note = `The encoder runs on the processor: ${reasonOf(error, 600)}.`;
    return { towers: await ClipTowers.load(facts, { ...data.plan, device: 'cpu' }), device: 'cpu', note };
  }
};

const start = async (): Promise<void> => {
  const facts = await readModelFolder(data.folder, data.dtype, data.name);
  const { towers, device, note } = await load(facts);
  const [[text], [picture]] = [
    await towers.texts(['a']),
    await towers.pictures(new Float32Array(3 * facts.picture.width * facts.picture.height).fill(0.5), 1),
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

/** The network runs what comes in order; it blocks this thread, so that pictures are decoded in one of their own meanwhile. */
const listen = (towers: ClipTowers): void => {
  let network: Promise<void> = Promise.resolve();
  const inTurn = (id: number, run: () => Promise<Answered[]>): void => {
    network = network.then(async () => {
      try {
        const answers = await run();
        reply(
          { is: 'answer', id, answers },
          answers.filter((each) => each instanceof Float32Array).map((each) => each.buffer as ArrayBuffer),
        );
      } catch (error) {
        reply({ is: 'refused', id, fault: factsOf(error) });
      }
    });
  };
  let closing = 0;
  // Each way in is in order by itself: when both have said so, nothing is on its way any more.
  const close = () => {
    if (++closing < 2) return;
    network = network
      .then(() => towers.dispose())
      .finally(() => {
        data.decoder.close();
        port.close();
      });
  };
  data.decoder.on('message', (batch: DecodedBatch | 'close') => {
    if (batch === 'close') close();
    else inTurn(batch.id, () => pictures(towers, batch));
  });
  port.on('message', (request: EncoderRequest) => {
    if (request.is === 'close') close();
    else inTurn(request.id, () => texts(towers, request.texts));
  });
  data.decoder.postMessage(towers.facts.picture);
};

const pictures = async (towers: ClipTowers, { pixels, faults }: DecodedBatch): Promise<Answered[]> => {
  const vectors = await towers.pictures(pixels, faults.filter((fault) => fault === null).length);
  let at = 0;
  return faults.map((fault) => fault ?? own(vectors[at++]!));
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
  data.decoder.close();
  port.close();
});
