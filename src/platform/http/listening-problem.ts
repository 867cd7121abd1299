import { Problem } from './problem.js';

/** What a system's error at `listen` means for whoever runs the shop. */
export const listeningProblem = (error: unknown, { host, port }: { host: string; port: number }): Problem => {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const sentences: Record<string, string> = {
    EADDRINUSE: `port ${port} of ${host} is taken by another programme: stop it, or set PORT`,
    EADDRNOTAVAIL: `${host} is no address of this machine: set HOST to one of its own, or to 0.0.0.0 for all of them`,
    ENOTFOUND: `${host} is not known as an address: set HOST to one of this machine, or to 0.0.0.0 for all of them`,
    EACCES: `this user may not listen on port ${port}: set PORT to one above 1023`,
  };
  return new Problem({
    code: 'VIT_LISTEN',
    status: 500,
    fault: 'shop',
    title: 'HTTP cannot be listened for',
    detail:
      sentences[code ?? ''] ??
      `${host}:${port} cannot be listened on: ${error instanceof Error ? error.message : String(error)}`,
    cause: error,
  });
};
