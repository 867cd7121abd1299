import { setTimeout as pause } from 'node:timers/promises';
import { type Command, CommanderError } from 'commander';
import type { RunningApp } from '../app.factory.js';
import { FolderLock, type FolderOwner, ownerOf } from '../platform/lifecycle/folder-lock.js';
import {
  type Database,
  loadSettings,
  migrate,
  openDatabase,
  Problem,
  type SettingReport,
  type Settings,
} from '../platform/platform.api.js';
import { ApiClient } from './api-client.js';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** A Vitrine in this process for as long as a command works. On a server the work is left to its workers, unless `workers` says otherwise. */
export const startOwn = async (
  settings: Settings,
  workers = settings.databaseUrl === undefined,
): Promise<RunningApp> => {
  // Loaded only now: `--help` need not wait for the whole shop.
  const { createApp } = await import('../app.factory.js');
  return createApp(settings, workers ? 'all' : 'api', { makeKeys: false });
};

/** What every command gets: settings, where to print, and the ways to the data. */
export class CommandContext {
  private loaded: { settings: Settings; report: SettingReport[] } | undefined;

  /** Settings from flags, environment and `.env`. @throws Problem `VIT_CONFIG_INVALID`. */
  settings(flags: Record<string, string | undefined> = {}): Settings {
    if (Object.values(flags).some((value) => value !== undefined)) return loadSettings({ flags }).settings;
    this.loaded ??= loadSettings();
    return this.loaded.settings;
  }

  report(): SettingReport[] {
    this.settings();
    return this.loaded!.report;
  }

  /** The Vitrine that runs on this data folder, when there is one: commands then go through its API with its token. */
  running(): FolderOwner | null {
    const settings = this.settings();
    return settings.databaseUrl === undefined ? ownerOf(settings.dataDir) : null;
  }

  /** Keeps every other Vitrine away from the data folder for the time of `work`. On a server there is nothing to keep. */
  async withFolder<T>(work: () => Promise<T>): Promise<T> {
    const settings = this.settings();
    const lock = settings.databaseUrl === undefined ? FolderLock.take(settings.dataDir) : null;
    try {
      return await work();
    } finally {
      lock?.release();
    }
  }

  /** Opens and migrates the database for the time of `work`; on the embedded one it owns the folder meanwhile. */
  async withDatabase<T>(work: (database: Database, settings: Settings) => Promise<T>): Promise<T> {
    const settings = this.settings();
    const lock = settings.databaseUrl === undefined ? FolderLock.take(settings.dataDir) : null;
    try {
      const database = await openDatabase(settings);
      try {
        await migrate(database);
        return await work(database, settings);
      } finally {
        await database.close();
      }
    } finally {
      lock?.release();
    }
  }

  /**
   * Runs `work` with the API of a Vitrine on this data: the one that owns the folder, with its lock's token, or else one of our own that
   * lives for as long as the work (workers included on the embedded database; on a server the work is left to its workers).
   */
  async withApi<T>(work: (api: ApiClient) => Promise<T>): Promise<T> {
    const owner = await this.owner();
    if (owner) return work(new ApiClient(owner.url, owner.token));
    const running = await startOwn(
      Object.freeze({ ...this.settings(), port: 0, host: '127.0.0.1', demo: 'off' as const }),
    );
    try {
      return await work(new ApiClient(running.url as string, running.localToken));
    } finally {
      await running.close();
    }
  }

  /** The owner once it answers; one that is starting is waited for, at most two minutes. */
  private async owner(): Promise<{ url: string; token: string } | null> {
    for (let tries = 0; tries < 480; tries++) {
      const owner = this.running();
      if (owner === null) return null;
      if (owner.url !== null) return { url: owner.url, token: owner.token };
      await pause(250);
    }
    throw new Problem({
      code: 'VIT_FOLDER_OWNED',
      status: 503,
      fault: 'shop',
      title: 'Still starting',
      detail: 'The Vitrine that owns this data folder has not begun to answer within two minutes.',
    });
  }

  print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  printJson(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** A line for people, kept apart from a command's answer. */
  say(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

/** Adds a command to the program. */
export type RegisterCommand = (program: Command, context: CommandContext) => void;

/** Wrong usage and wrong settings end with 2, what failed while working with 1; both say why in a sentence. */
export const exitCodeOf = (error: unknown, context: CommandContext): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof Problem) {
    context.say(`vitrine: ${error.detail}`);
    // What `detail` says already is not said twice.
    for (const { path, message, received } of (error.errors ?? []).filter(({ path }) => !error.detail.includes(path)))
      if (path)
        context.say(`  ${path}: ${message}${received === undefined ? '' : ` (found: ${JSON.stringify(received)})`}`);
    return ['VIT_CONFIG_INVALID', 'VIT_CONFIG_DATABASE', 'VIT_FOLDER_OWNED', 'VIT_USAGE'].includes(error.code)
      ? EXIT.usage
      : EXIT.failed;
  }
  context.say(`vitrine: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env.VITRINE_DEBUG && error instanceof Error) context.say(error.stack ?? '');
  return EXIT.failed;
};
