/** Time is always asked of a clock, so that a test replays a year in a second. */
export interface Clock {
  now(): Date;
  /** Milliseconds since some moment, whatever the wall clock is set to; a clock that tests move has none. */
  steady?(): number;
}

export const CLOCK = Symbol('Clock');

/** The machine's own time. */
export class SystemClock implements Clock {
  now(): Date {
    return new Date();
  }

  steady(): number {
    return performance.now();
  }
}
