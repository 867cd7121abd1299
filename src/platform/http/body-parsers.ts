import type { FastifyInstance } from 'fastify';
import { parseJson } from './parse-json.js';
import { Problem } from './problem.js';
import { MAX_JSON_BYTES } from './read-ndjson.js';

/** Bytes of an uploaded picture, with room for the form around it. */
const MAX_PICTURE_BODY = 16 * 1024 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** JSON that names what is wrong with it, batches as streams, pictures as bytes; everything else is 415. */
export const addBodyParsers = (fastify: FastifyInstance): void => {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer', bodyLimit: MAX_JSON_BYTES },
    (_request, body, done) => {
      const bytes = body as Buffer;
      if (bytes.length === 0) return done(null, undefined);
      let text: string;
      try {
        text = decoder.decode(bytes);
      } catch {
        return done(notJson('is not UTF-8'));
      }
      const parsed = parseJson(text);
      if ('value' in parsed) done(null, parsed.value);
      else done(notJson(parsed.message));
    },
  );
  fastify.addContentTypeParser(
    ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
    (_request, payload, done) => done(null, payload),
  );
  fastify.addContentTypeParser(
    /^image\/|^application\/octet-stream/,
    { parseAs: 'buffer', bodyLimit: MAX_PICTURE_BODY },
    (_request, body, done) => done(null, body),
  );
};

const notJson = (message: string): Problem =>
  new Problem({
    code: 'VIT_REQUEST_JSON',
    status: 400,
    title: 'The body is not JSON',
    detail: `The body ${message}.`,
    errors: [{ path: '', message }],
  });
