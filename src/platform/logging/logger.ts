import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { loggableError } from './loggable-error.js';

export const LOGGER = Symbol('Logger');
export type { Logger };

/** Fields that never reach a log, wherever a request or an error carries them. */
const hidden = ['authorization', 'cookie', 'vitrine-visitor', 'set-cookie'].flatMap((name) => [
  `req.headers["${name}"]`,
  `headers["${name}"]`,
  `*.headers["${name}"]`,
]);

const loggable = (error: unknown) => loggableError(error);

/** The process's logger: one JSON line an entry, to standard error, so that a command's standard output stays its own. */
export const createLogger = (level: string): Logger =>
  pino(
    {
      level,
      redact: { paths: hidden, censor: '[hidden]' },
      base: { pid: process.pid },
      serializers: { err: loggable, error: loggable },
    },
    pino.destination({ dest: 2, sync: true }),
  );

/** Nest's own messages through pino. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest gives the context's name last and, for errors, a stack before it. */
  private write(level: 'trace' | 'debug' | 'warn' | 'error' | 'fatal', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const fields = typeof context === 'string' ? { context } : {};
    if (message instanceof Error) this.logger[level]({ ...fields, err: message }, message.message);
    else if (rest.length > 1) this.logger[level]({ ...fields, more: rest.slice(0, -1) }, String(message));
    else this.logger[level](fields, String(message));
  }
}
