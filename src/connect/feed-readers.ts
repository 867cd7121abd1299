import type { FeedReader } from './feed-reader.port.js';
import { ndjsonReader } from './readers/ndjson-reader.js';

/** Every format that `vitrine import` reads; the first that recognises a source reads it. */
export const feedReaders: readonly FeedReader[] = [ndjsonReader];
