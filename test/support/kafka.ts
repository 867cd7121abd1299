import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

/** The broker of `scripts/lib/kafka.mjs`. */
export interface TestBroker {
  brokers: string;
  kill(): Promise<void>;
  revive(): Promise<void>;
  stop(): Promise<void>;
}

export const startBroker = async (): Promise<TestBroker> => {
  const { startKafka } = (await import('../../scripts/lib/kafka.mjs' as string)) as {
    startKafka(): Promise<TestBroker>;
  };
  return startKafka();
};

/** A process of `vitrine stream kafka`. */
export interface StreamProcess {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Until it printed this; rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal, unless none is given, and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export const startStream = (args: readonly string[], env: Record<string, string>): StreamProcess => {
  const root = join(import.meta.dirname, '..', '..');
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist', 'main.js'), 'stream', 'kafka', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => (stdout += chunk));
  child.stderr!.on('data', (chunk) => (stderr += chunk));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.once('close', (code, signal) => done({ code, signal })),
  );
  return {
    pid: child.pid!,
    stdout: () => stdout,
    stderr: () => stderr,
    async says(pattern) {
      for (const until = Date.now() + 60_000; ; await pause(20)) {
        const found = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (found) return found;
        if (hasEnded() || Date.now() > until)
          throw new Error(`${hasEnded() ? 'ended' : 'a minute passed'} before ${pattern}:\n${stdout}\n${stderr}`);
      }
    },
    async end(signal) {
      if (signal && !hasEnded()) child.kill(signal);
      return ended;
    },
  };
};

/** A broker that has just begun may still be loading what it knows of groups. */
const offsetsOf = async (admin: Admin, group: string, topic: string): ReturnType<Admin['fetchOffsets']> => {
  for (const until = Date.now() + 20_000; ; await pause(200)) {
    try {
      return await admin.fetchOffsets({ groupId: group, topics: [topic] });
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
};

/** Messages of a topic that the group has committed. */
export const committedOf = async (admin: Admin, group: string, topic: string): Promise<number> => {
  const [own] = await offsetsOf(admin, group, topic);
  return own!.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
};

/** Messages of a topic that the group has not committed. */
export const lagOf = async (admin: Admin, group: string, topic: string): Promise<number> => {
  const [own] = await offsetsOf(admin, group, topic);
  const committed = new Map(own?.partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]));
  const ends = await admin.fetchTopicOffsets(topic);
  return ends.reduce((sum, { partition, high }) => sum + Number(high) - (committed.get(partition) ?? 0), 0);
};

/** Waits until the group has committed everything. */
export const caughtUp = async (admin: Admin, group: string, topic: string, withinMs = 120_000): Promise<void> => {
  for (const until = Date.now() + withinMs; ; await pause(100)) {
    const lag = await lagOf(admin, group, topic);
    if (lag === 0) return;
    if (Date.now() > until) throw new Error(`${lag} messages of ${topic} are still not committed`);
  }
};
