import type { RunningApp } from '../app.factory.js';
import {
  LOGGER,
  type Logger,
  type ProcessRole,
  Readiness,
  type Settings,
  unknownSettings,
} from '../platform/platform.api.js';
import type { CommandContext, RegisterCommand } from './command-context.js';

/** The whole stop, requests and jobs included. */
const STOP_MS = 9_500;

const untilSignal = (): Promise<NodeJS.Signals> =>
  new Promise((heard) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => heard(signal));
  });

const POLL_MS = 50;

/** Resolves with true once every condition holds, with false when the process is asked to stop first. */
const whenReady = async (readiness: Readiness, stopped: () => boolean): Promise<boolean> => {
  while (!stopped()) {
    if (Object.keys(readiness.missing()).length === 0) return true;
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
  return false;
};

const announce = (running: RunningApp, settings: Settings, context: CommandContext): void => {
  const at = settings.publicUrl ?? running.url;
  if (running.madeKeys.length > 0) {
    context.print('Keys, shown this once (keep them; `vitrine keys create` makes others):');
    for (const { role, key } of running.madeKeys) context.print(`  ${`${role} key`.padEnd(16)} ${key}`);
  }
  context.print(`Shop   ${at}/shop\nAdmin  ${at}/admin\nAPI    ${at}/docs`);
};

const run = async (role: ProcessRole, settings: Settings, context: CommandContext): Promise<void> => {
  const signal = untilSignal();
  const { createApp } = await import('../app.factory.js');
  const running = await createApp(settings, role);
  for (const { variable, source } of unknownSettings())
    running.app
      .get<Logger>(LOGGER)
      .warn({ variable, source }, 'a name like a setting’s that nothing reads: it has no effect');
  let stopped = false;
  if (running.url !== null) announce(running, settings, context);
  void whenReady(running.app.get(Readiness), () => stopped).then((ready) => {
    if (ready) context.print(running.url === null ? 'vitrine worker ready' : `vitrine ready ${running.url}`);
  });
  await signal;
  stopped = true;
  // Whatever hangs must not keep the process: what was accepted is in the database.
  setTimeout(() => process.exit(0), STOP_MS).unref();
  await running.close({ inPeace: true });
};

/** `start`, `serve`, `work`: the processes that stay. */
export const registerProcessCommands: RegisterCommand = (program, context) => {
  program
    .command('start')
    .description('API and workers in one process, with the embedded database unless DATABASE_URL is set')
    .option('--port <number>', 'port for HTTP (PORT)')
    .option('--demo <auto|off>', 'seed the demo shop into an empty catalogue (VITRINE_DEMO)')
    .action(async (options: { port?: string; demo?: string }) =>
      run('all', context.settings({ PORT: options.port, VITRINE_DEMO: options.demo }), context),
    );
  program
    .command('serve')
    .description('the API alone; needs DATABASE_URL')
    .option('--port <number>', 'port for HTTP (PORT)')
    .action(async (options: { port?: string }) => run('api', context.settings({ PORT: options.port }), context));
  program
    .command('work')
    .description('a worker: embedding, imports, training, index building; needs DATABASE_URL')
    .action(async () => run('worker', context.settings(), context));
};
