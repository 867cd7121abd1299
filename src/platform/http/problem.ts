/** Who has to act: the caller of the API, the shop that runs Vitrine, or Vitrine itself. */
export type Fault = 'caller' | 'shop' | 'vitrine';

/** One wrong value, by dotted path (`context.images.0.data`). */
export interface FieldError {
  path: string;
  message: string;
  received?: unknown;
}

export interface ProblemOptions {
  /** Stable code `VIT_AREA_WHAT`. */
  code: string;
  /** HTTP status when it leaves over HTTP. */
  status: number;
  title: string;
  /** What was wrong with which value, and what would be right. */
  detail: string;
  fault?: Fault;
  errors?: FieldError[];
  /** Seconds for `Retry-After` (429 and 503). */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** The one error class that leaves a module: RFC 9457 problem details over HTTP, one sentence on a terminal. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly fault: Fault;
  readonly errors?: FieldError[];
  readonly retryAfterSeconds?: number;

  constructor(options: ProblemOptions) {
    super(options.detail, { cause: options.cause });
    this.name = 'Problem';
    this.code = options.code;
    this.status = options.status;
    this.title = options.title;
    this.detail = options.detail;
    this.fault = options.fault ?? (options.status >= 500 ? 'vitrine' : 'caller');
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** 400 with one wrong field. */
export const invalidField = (
  path: string,
  message: string,
  received?: unknown,
  code = 'VIT_REQUEST_INVALID',
): Problem =>
  new Problem({
    code,
    status: 400,
    title: 'The request is not valid',
    detail: `${path}: ${message}`,
    errors: [received === undefined ? { path, message } : { path, message, received }],
  });

/** 404 for a thing that is not there. */
export const notFound = (what: string, id: string): Problem =>
  new Problem({
    code: `VIT_${what.toUpperCase()}_UNKNOWN`,
    status: 404,
    title: 'Not found',
    detail: `No ${what} with id "${id.slice(0, 140)}".`,
  });

/** 503 for a disk, or a store of pictures, without room. */
export const diskFull = (cause: unknown): Problem =>
  new Problem({
    code: 'VIT_DISK_FULL',
    status: 503,
    fault: 'shop',
    title: 'No room',
    detail: 'The disk is full, so nothing of this call was kept; it may be made again when there is room.',
    retryAfterSeconds: 60,
    cause,
  });
