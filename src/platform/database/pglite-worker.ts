import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type ParserOptions, PGlite, type Results, type SerializerOptions } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { vector } from '@electric-sql/pglite-pgvector';
import type { PgliteReply, PgliteRequest, PgliteThreadData, PlainDatabaseError } from './pglite-protocol.js';

// The thread that holds PGlite. It answers one message after another and knows nothing of transactions:
// the other side sends `begin` and `commit` and keeps others out in between.

const BOOLEAN = 16;
const BYTEA = 17;
const BIGINT = 20;
const TIMESTAMP = 1114;
const DATE = 1082;
const NUMERIC = 1700;

/** Of its own memory, so that no shared pool is copied along to the other thread. PGlite's own parser takes a hundred times as long. */
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice(2), 'hex'));

const parsers: ParserOptions = {
  [BYTEA]: bytesOf,
  [BIGINT]: (text) => Number(text),
  [NUMERIC]: (text) => Number(text),
  [DATE]: (text) => text,
  [TIMESTAMP]: (text) => new Date(`${text.replace(' ', 'T')}Z`),
};
// Values arrive as text, as `pg` would send them, so every type takes text.
const serializers: SerializerOptions = { [BOOLEAN]: (value) => String(value) };

const port = parentPort;
if (port === null) throw new Error('This file is a thread of the embedded database.');
const reply = (message: PgliteReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const plain = (error: unknown): PlainDatabaseError => {
  const from = error as PlainDatabaseError;
  const { message, code, detail, hint, severity, position, schema, table, column, constraint } = from;
  return {
    message: String(message ?? error),
    code,
    detail,
    hint,
    severity,
    position,
    schema,
    table,
    column,
    constraint,
  };
};

const open = async (data: PgliteThreadData): Promise<PGlite> => {
  const isNew = data.folder === null || !existsSync(`${data.folder}/PG_VERSION`);
  if (data.folder !== null) mkdirSync(data.folder, { recursive: true, mode: 0o700 });
  const template = isNew && data.template !== null && existsSync(data.template) ? data.template : null;
  const db = await PGlite.create({
    dataDir: data.folder ?? 'memory://',
    extensions: { vector, pg_trgm },
    relaxedDurability: false,
    parsers,
    serializers,
    ...(template === null ? {} : { loadDataDir: new Blob([readFileSync(template)]) }),
  });
  if (isNew && template === null && data.saveTemplate !== null) {
    const dump = await db.dumpDataDir('none');
    mkdirSync(dirname(data.saveTemplate), { recursive: true });
    const draft = `${data.saveTemplate}.${process.pid}`;
    writeFileSync(draft, Buffer.from(await dump.arrayBuffer()));
    renameSync(draft, data.saveTemplate);
  }
  return db;
};

const unlisteners = new Map<string, () => Promise<void>>();

const answer = async (db: PGlite, request: PgliteRequest): Promise<void> => {
  switch (request.do) {
    case 'query': {
      let result: Results<Record<string, unknown>> | undefined;
      if (request.values.length === 0) result = (await db.exec(request.text)).at(-1) as typeof result;
      else result = await db.query<Record<string, unknown>>(request.text, [...request.values]);
      const bytes = (result?.fields ?? []).filter((field) => field.dataTypeID === BYTEA).map((field) => field.name);
      const rows = result?.rows ?? [];
      return reply({
        is: 'result',
        id: request.id,
        rows,
        rowCount: Math.max(result?.affectedRows ?? 0, rows.length),
        bytes,
      });
    }
    case 'script':
      await db.exec(request.text);
      return reply({ is: 'result', id: request.id, rows: [], rowCount: 0, bytes: [] });
    case 'listen': {
      const { channel } = request;
      unlisteners.set(channel, await db.listen(channel, (payload) => reply({ is: 'notification', channel, payload })));
      return reply({ is: 'result', id: request.id, rows: [], rowCount: 0, bytes: [] });
    }
    case 'unlisten':
      await unlisteners.get(request.channel)?.();
      unlisteners.delete(request.channel);
      return reply({ is: 'result', id: request.id, rows: [], rowCount: 0, bytes: [] });
    case 'dump': {
      const data = await (await db.dumpDataDir('gzip')).arrayBuffer();
      return reply({ is: 'dumped', id: request.id, data }, [data]);
    }
    case 'close':
      await db.close();
      return reply({ is: 'result', id: request.id, rows: [], rowCount: 0, bytes: [] });
  }
};

try {
  const db = await open(workerData as PgliteThreadData);
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: PgliteRequest) => {
    last = last
      .then(() => answer(db, request))
      .catch((error: unknown) => reply({ is: 'error', id: request.id, error: plain(error) }));
  });
  reply({ is: 'ready' });
} catch (error) {
  reply({ is: 'failed', message: plain(error).message });
}
