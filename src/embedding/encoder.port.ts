export const ENCODER = Symbol('Encoder');

/** How a call to the encoder is treated beside other calls. */
export interface EncodeOptions {
  /**
   * A visitor is waiting: goes to the thread kept for queries and never behind the backfill.
   * @default false
   */
  urgent?: boolean;
}

/** What people want to know about a loaded encoder. */
export interface EncoderAbout {
  /** As named in `CLIP_MODEL`. */
  model: string;
  family: 'clip' | 'siglip';
  /** Precision of the weights, which may differ between the two towers. */
  dtype: { text: string; vision: string };
  /** Where it runs, and the sentence that says why it is not where it was asked to run. */
  device: 'cpu' | 'cuda' | 'webgpu';
  deviceNote: string | null;
  /** Pixels that the vision tower sees: width × height. */
  picture: { width: number; height: number };
  /** Tokens that fit into one window of text, marks at both ends included. */
  textWindow: number;
}

/**
 * Turns pictures and words into unit vectors of one space, in which the right words lie near their picture.
 *
 * Every adapter promises: decoding and inference happen off the calling thread; concurrent calls share batches; the order of the
 * answer is the order of the question; each vector has length 1 (± 1e-5) and only finite numbers; the same bytes give the same
 * vector, whatever else is in the batch (± 1e-3 where weights are quantised).
 */
export interface Encoder {
  /** Fingerprint of everything that decides a vector: configuration, preprocessing, tokeniser, weights, precision. Stored with every vector. */
  readonly id: string;
  /** Short name for people, e.g. `vitrine-clip`. */
  readonly name: string;
  /** Numbers in a vector. */
  readonly dimension: number;
  /** The model's own softmax temperature: probabilities over captions are softmax(cos / temperature). */
  readonly temperature: number;
  readonly about: EncoderAbout;
  /**
   * One vector a picture.
   * @throws `Problem` (`VIT_IMAGE_UNREADABLE`, `VIT_IMAGE_TYPE`, `VIT_IMAGE_TOO_LARGE`) for the first bad picture.
   */
  images(pictures: readonly Buffer[], options?: EncodeOptions): Promise<Float32Array[]>;
  /** Like `images`, but a picture that can't be read gives its `Error` in its place and costs the others nothing. */
  imagesSettled(pictures: readonly Buffer[], options?: EncodeOptions): Promise<(Float32Array | Error)[]>;
  /**
   * One vector a text, of any length: what does not fit into the window is split at sentences and pooled
   * (first window 1, each later one half of the one before).
   * @throws `Problem` `VIT_TEXT_EMPTY` for a text without a letter.
   */
  texts(texts: readonly string[], options?: EncodeOptions): Promise<Float32Array[]>;
  /** Ends its threads; calls that still wait are rejected. */
  close(): Promise<void>;
}
