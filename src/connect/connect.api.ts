export { registerExport } from './export.command.js';
export { type FeedOptions, feedReaders } from './feed-readers.js';
export { registerFeeds } from './feeds/feeds.command.js';
export { registerImport } from './import.command.js';
export { registerStream } from './stream/stream.command.js';
