// A real Kafka for tests: one broker in KRaft mode, from Maven artifacts, in the cache.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir } from './paths.mjs';
import { aptInstall, freePort, run, which } from './process.mjs';

const VERSION = '4.1.1';
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>vitrine</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency></dependencies>
</project>
`;

/** Java and the class path of the broker; fetched with Maven when needed (43 MB, once). VITRINE_TEST_KAFKA_LIB names a folder of its jars. */
export const ensureKafka = async () => {
  const installed = async (program, packageName) =>
    which(program) ?? ((await aptInstall(packageName)) ? which(program) : null);
  const java = await installed('java', 'default-jre-headless');
  if (!java) throw new Error('no Java (17 or later) on this machine to run Kafka with');
  const folder = join(cacheDir, `kafka-${VERSION}`);
  const lib = process.env.VITRINE_TEST_KAFKA_LIB ?? join(folder, 'lib');
  if (existsSync(lib)) return { java, classPath: join(lib, '*') };
  if (process.env.VITRINE_TEST_KAFKA_LIB) throw new Error(`VITRINE_TEST_KAFKA_LIB names ${lib}, which does not exist`);
  const maven = await installed('mvn', 'maven');
  if (!maven) throw new Error('no Maven (mvn) on this machine to fetch Kafka with');
  console.log(`tests: fetching Kafka ${VERSION} into the cache …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), POM);
  // Only a complete set of jars gets the name that is looked for.
  const partial = join(folder, `partial-${process.pid}`);
  await run(maven, ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`], {
    cwd: folder,
    quiet: true,
  });
  renameSync(partial, lib);
  return { java, classPath: join(lib, '*') };
};

const isOpen = (port) =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    }).once('error', () => done(false));
  });

/**
 * Starts one broker on loopback over a folder of its own. `brokers` is its `host:port`; `kill()` ends it with SIGKILL and `revive()` brings it
 * back over the same data; `stop` ends exactly this process and removes its folder.
 */
export const startKafka = async () => {
  const { java, classPath } = await ensureKafka();
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-kafka-'));
  const port = await freePort();
  const controller = await freePort();
  const properties = join(folder, 'server.properties');
  const values = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'num.partitions': 3,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // So that a test need not wait long for the place of a consumer it killed.
    'group.min.session.timeout.ms': 1_000,
  };
  writeFileSync(
    properties,
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  let child = null;
  let log = '';
  const keep = (chunk) => (log = (log + chunk).slice(-20_000));
  const hasEnded = () => child === null || child.exitCode !== null || child.signalCode !== null;
  const end = async (signal) => {
    if (hasEnded()) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  };
  const launch = async () => {
    child = spawn(java, ['-Xmx512m', '-cp', classPath, 'kafka.Kafka', properties], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    for (const until = Date.now() + 60_000; ; ) {
      // The port opens when the broker has joined its quorum and begins to answer.
      if (await isOpen(port)) return;
      if (hasEnded()) throw new Error(`Kafka ended:\n${log.slice(-3_000)}`);
      if (Date.now() > until) throw new Error(`Kafka is not ready after a minute:\n${log.slice(-3_000)}`);
      await new Promise((wake) => setTimeout(wake, 200));
    }
  };
  const stop = async () => {
    await end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const tool = (...args) => run(java, ['-cp', classPath, 'kafka.tools.StorageTool', ...args], { quiet: true });
    const id = (await tool('random-uuid')).trim().split('\n').at(-1);
    await tool('format', '--standalone', '-t', id, '-c', properties);
    await launch();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers: `127.0.0.1:${port}`,
    classPath,
    pid: () => child.pid,
    kill: () => end('SIGKILL'),
    revive: launch,
    stop,
  };
};
