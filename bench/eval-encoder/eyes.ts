import type { Encoder } from '../../src/embedding/encoder.port.js';
import { pooled } from './judge.js';
import { PictureReader } from './picture-sets.js';

/** How a class name is put to the encoder; the vectors of all are pooled. */
export const PROMPTS: readonly ((name: string) => string)[] = [
  (name) => `a photo of ${name}`,
  (name) => `a product photo of ${name}`,
  (name) => name,
];

/** The encoder with batches, progress and prompts. */
export class Eyes {
  constructor(
    private readonly encoder: Encoder,
    private readonly say: (line: string) => void,
  ) {}

  /** Vectors of the records' pictures, in their order, 64 files in memory at a time. */
  async see(
    folder: string,
    records: readonly { file: string; shard?: string }[],
    what: string,
  ): Promise<Float32Array[]> {
    const reader = new PictureReader(folder);
    const out: Float32Array[] = [];
    const started = Date.now();
    try {
      for (let at = 0; at < records.length; at += 64) {
        const bytes = await Promise.all(records.slice(at, at + 64).map((record) => reader.read(record)));
        out.push(...(await this.encoder.images(bytes)));
      }
    } finally {
      await reader.close();
    }
    this.say(`${what}: ${records.length} pictures in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return out;
  }

  async read(texts: readonly string[]): Promise<Float32Array[]> {
    const out: Float32Array[] = [];
    for (let at = 0; at < texts.length; at += 256) out.push(...(await this.encoder.texts(texts.slice(at, at + 256))));
    return out;
  }

  /** One vector a class; a class may have several names. */
  async readClasses(classes: readonly (readonly string[])[]): Promise<Float32Array[]> {
    return Promise.all(
      classes.map(async (names) =>
        pooled(await this.read(names.flatMap((name) => PROMPTS.map((prompt) => prompt(name))))),
      ),
    );
  }
}
