import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir } from './paths.mjs';
import { run, which } from './process.mjs';

const VERSION = 'v1.35.2';

/** The server itself, built from the Go module registry into the cache: about ten minutes on two cores, once. */
export const ensureWeaviate = async () => {
  if (process.env.VITRINE_TEST_WEAVIATE) return process.env.VITRINE_TEST_WEAVIATE;
  const bin = join(cacheDir, `weaviate-${VERSION}`);
  const server = join(bin, 'weaviate-server');
  if (existsSync(server)) return server;
  const go = which('go', '/usr/local/go/bin/go');
  if (!go) throw new Error('no Go on this machine to build Weaviate with');
  console.log(`tests: building Weaviate ${VERSION} into the cache (about ten minutes, once) …`);
  mkdirSync(bin, { recursive: true });
  await run(go, ['install', `github.com/weaviate/weaviate/cmd/weaviate-server@${VERSION}`], {
    quiet: true,
    env: { ...process.env, GOBIN: bin },
  });
  if (!existsSync(server)) throw new Error(`go install left no ${server}`);
  return server;
};

const isFree = (port) =>
  new Promise((done) => {
    const server = createServer().once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });

/** The first of six free ports in a row: gossip, data, raft, raft's own calls, HTTP, gRPC. Nodes on one host find each other by these steps. */
const freePorts = async () => {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 3_000) * 10;
    const free = await Promise.all([0, 1, 2, 3, 4, 5].map((step) => isFree(base + step)));
    if (free.every(Boolean)) return base;
  }
};

/**
 * Starts a cluster of `count` nodes on loopback, each with a folder of its own. `url` is a WEAVIATE_URL that names them all. A node is killed
 * with `kill(i)` (SIGKILL) and comes back over its own data with `revive(i)`; `stop` ends exactly these processes and removes their folders.
 */
export const startWeaviate = async (count = 1) => {
  const server = await ensureWeaviate();
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-weaviate-'));
  const bases = [];
  while (bases.length < count) {
    const base = await freePorts();
    if (!bases.includes(base)) bases.push(base);
  }
  const raft = bases.map((base, at) => `node${at + 1}:${base + 2}`).join(',');
  const children = [];
  const logs = bases.map(() => '');
  const launch = (at) => {
    const base = bases[at];
    const child = spawn(server, ['--host', '127.0.0.1', '--port', String(base + 4), '--scheme', 'http'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        CLUSTER_HOSTNAME: `node${at + 1}`,
        CLUSTER_IN_LOCALHOST: 'true',
        CLUSTER_ADVERTISE_ADDR: '127.0.0.1',
        CLUSTER_BIND_ADDR: '127.0.0.1',
        CLUSTER_GOSSIP_BIND_PORT: String(base),
        CLUSTER_DATA_BIND_PORT: String(base + 1),
        ...(at > 0 ? { CLUSTER_JOIN: `127.0.0.1:${bases[0]}` } : {}),
        RAFT_PORT: String(base + 2),
        RAFT_INTERNAL_RPC_PORT: String(base + 3),
        RAFT_JOIN: raft,
        RAFT_BOOTSTRAP_EXPECT: String(count),
        RAFT_BOOTSTRAP_TIMEOUT: '60',
        GRPC_PORT: String(base + 5),
        GO_PROFILING_DISABLE: 'true',
        PERSISTENCE_DATA_PATH: join(folder, `node${at + 1}`),
        AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'true',
        DISABLE_TELEMETRY: 'true',
        LOG_LEVEL: 'warning',
        GOMAXPROCS: '2',
      },
    });
    const keep = (chunk) => (logs[at] = (logs[at] + chunk).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    children[at] = child;
  };
  const isReady = async (at) => {
    try {
      const response = await fetch(`http://127.0.0.1:${bases[at] + 4}/v1/.well-known/ready`, {
        signal: AbortSignal.timeout(2_000),
      });
      return response.ok;
    } catch {
      return false;
    }
  };
  const ready = async (at) => {
    for (const until = Date.now() + 120_000; ; ) {
      if (await isReady(at)) return;
      if (children[at].exitCode !== null) throw new Error(`Weaviate node ${at + 1} ended:\n${logs[at].slice(-3_000)}`);
      if (Date.now() > until) throw new Error(`Weaviate node ${at + 1} is not ready:\n${logs[at].slice(-3_000)}`);
      await new Promise((wake) => setTimeout(wake, 200));
    }
  };
  const end = async (at, signal) => {
    const child = children[at];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  };
  const stop = async () => {
    await Promise.all(bases.map((_, at) => end(at, 'SIGKILL')));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const at of bases.keys()) launch(at);
    await Promise.all(bases.map((_, at) => ready(at)));
    for (const until = Date.now() + 60_000; ; ) {
      const response = await fetch(`http://127.0.0.1:${bases[0] + 4}/v1/nodes`);
      const { nodes = [] } = await response.json();
      if (nodes.filter(({ status }) => status === 'HEALTHY').length === count) break;
      if (Date.now() > until) throw new Error(`the nodes did not find each other: ${JSON.stringify(nodes)}`);
      await new Promise((wake) => setTimeout(wake, 200));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: bases.map((base) => `http://127.0.0.1:${base + 4}?grpc=${base + 5}`).join(','),
    pids: () => children.map(({ pid }) => pid),
    logs: () => logs,
    kill: (at) => end(at, 'SIGKILL'),
    revive: async (at) => {
      launch(at);
      await ready(at);
    },
    stop,
  };
};
