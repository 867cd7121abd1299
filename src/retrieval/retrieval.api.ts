/** What other modules may use of retrieval: the live catalogue, filters, and the nearest items. */
export { CatalogueFeed } from './catalogue-feed.js';
export { allOf, compileFilter, everything, type Filter, type FilterableItem, filterText } from './filter.js';
export { IndexEngine, type IndexStatus } from './index-engine.js';
export { Bitset, type ItemSet } from './item-set.js';
export { LiveCatalogue, type PartModality } from './live-catalogue.js';
export type { LiveItem } from './live-item.js';
export { filterLimits, filterOf, filterSchema, parseFilter, readFilter } from './read-filter.js';
export { type Among, type PartCandidate, type Plan, Retrieval } from './retrieval.service.js';
export { ScanThread } from './scan/scan-thread.js';
export { TopK } from './top-k.js';
export type { Candidate, VectorEntry, VectorIndex, VectorIndexKind } from './vector-index.port.js';
export { type Products, type Rows, VectorTable } from './vector-table.js';
