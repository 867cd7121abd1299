/** A fault as it crosses from the encoder's thread to the thread that asked; there it becomes a `Problem`. */
export interface FaultFacts {
  code: string;
  status: number;
  title: string;
  detail: string;
}

/** The one error that files running inside the encoder's thread throw: plain data, so that it survives the crossing. */
export class ModelFault extends Error {
  constructor(
    readonly facts: FaultFacts,
    cause?: unknown,
  ) {
    super(facts.detail, { cause });
    this.name = 'ModelFault';
  }
}

/** The model can't be used as it lies there: the shop has to act. */
export const modelFault = (what: string, detail: string, cause?: unknown): ModelFault =>
  new ModelFault(
    { code: `VIT_ENCODER_${what}`, status: 503, title: 'The encoder model cannot be used', detail },
    cause,
  );

/** This one picture can't be used. */
export const pictureFault = (what: string, detail: string, status = 400, cause?: unknown): ModelFault =>
  new ModelFault({ code: `VIT_IMAGE_${what}`, status, title: 'The picture cannot be used', detail }, cause);

/** First line of a library's message, short enough to print. */
export const reasonOf = (error: unknown, most = 300): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!.trim().replace(/\.$/, '').slice(0, most);

/** What a thread reports of anything that was thrown in it. */
export const factsOf = (error: unknown): FaultFacts =>
  error instanceof ModelFault
    ? error.facts
    : modelFault('FAILED', `The encoder stopped at: ${reasonOf(error)}.`, error).facts;
