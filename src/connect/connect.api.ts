export { registerExport } from './export.command.js';
export { feedReaders } from './feed-readers.js';
export { registerImport } from './import.command.js';
