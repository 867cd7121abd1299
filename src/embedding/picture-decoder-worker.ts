import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { type FaultFacts, factsOf, ModelFault } from './model-fault.js';
import { type PictureLimits, picturePixels } from './picture-pixels.js';
import type { PicturePlan } from './picture-plan.js';

/** What the thread is started with. */
export interface PictureDecoderData {
  limits: PictureLimits;
  /** Pictures decoded at once; decoding uses the process's shared pool, which files and name look-ups need as well. */
  decoders: number;
  /** To the thread of the network: it sends the `PicturePlan`, and gets `DecodedBatch`es and at last 'close'. */
  network: MessagePort;
}

export type DecoderRequest = { id: number; is: 'images'; pictures: Uint8Array[] } | { is: 'close' };
export type DecoderReply = { is: 'refused'; id: number; fault: FaultFacts };

/** Pictures as their network sees them. */
export interface DecodedBatch {
  id: number;
  /** `Float32Array(good × 3 × height × width)`: those that could be read, in order. */
  pixels: Float32Array;
  /** For each picture that was asked for, why it can't be used; null where it can. */
  faults: (FaultFacts | null)[];
}

const port = parentPort!;
const { limits, decoders, network } = workerData as PictureDecoderData;
// One thread a picture gives the most pictures a second, and leaves processors to others.
sharp.concurrency(1);
const turn = pLimit(decoders);

const planned = new Promise<PicturePlan>((known) => network.once('message', known));

const decode = async (id: number, pictures: readonly Uint8Array[]): Promise<void> => {
  const plan = await planned;
  const each = 3 * plan.width * plan.height;
  const pixels = new Float32Array(pictures.length * each);
  const faults = await Promise.all(
    pictures.map((bytes, at) => turn(() => decoded(bytes, plan, pixels.subarray(at * each, (at + 1) * each)))),
  );
  let good = 0;
  faults.forEach((fault, at) => {
    if (fault) return;
    if (good < at) pixels.copyWithin(good * each, at * each, (at + 1) * each);
    good++;
  });
  const batch: DecodedBatch = { id, pixels: pixels.subarray(0, good * each), faults };
  network.postMessage(batch, [pixels.buffer]);
};

/** Writes a picture's numbers; answers why it can't. */
const decoded = async (bytes: Uint8Array, plan: PicturePlan, into: Float32Array): Promise<FaultFacts | null> => {
  try {
    await picturePixels(bytes, plan, limits, into);
    return null;
  } catch (error) {
    if (error instanceof ModelFault) return error.facts;
    throw error;
  }
};

const underWay = new Set<Promise<void>>();

port.on('message', (request: DecoderRequest) => {
  if (request.is === 'close') {
    void Promise.all(underWay).then(() => {
      network.postMessage('close');
      network.close();
      port.close();
    });
    return;
  }
  const { id } = request;
  const work = decode(id, request.pictures)
    .catch((error: unknown) => {
      port.postMessage({ is: 'refused', id, fault: factsOf(error) } satisfies DecoderReply);
    })
    .finally(() => underWay.delete(work));
  underWay.add(work);
});
