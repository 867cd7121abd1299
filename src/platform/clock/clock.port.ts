/** Time is always asked of a clock, so that a test replays a year in a second. */
export interface Clock {
  now(): Date;
}

export const CLOCK = Symbol('Clock');

/** The machine's own time. */
export class SystemClock implements Clock {
  now(): Date {
    return new Date();
  }
}
